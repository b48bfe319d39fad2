"""Bring the database of this process's home up to date, measure, and print what was found."""

from __future__ import annotations

import importlib
import json
import os
import sys

import django
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def main() -> None:
    """Run the script that is named, with the arguments after it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sinmungo.site.settings")
    django.setup()
    _prepare()
    measured = importlib.import_module(f"bench.inside.{sys.argv[1]}").measure(*sys.argv[2:])
    print(json.dumps(measured))


def _prepare() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)


main()
