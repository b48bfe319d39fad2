#!/bin/sh
# The whole suite. What ends processes mostly waits for them, so it runs beside the rest and is told last.
python=$1
told=$(mktemp)
trap 'rm -f "$told"' EXIT
"$python" -m pytest -m kills >"$told" 2>&1 &
beside=$!
"$python" -m pytest -m "not kills"
rest=$?
wait "$beside"
killed=$?
echo "What ends processes:"
cat "$told"
[ "$rest" -eq 0 ] && [ "$killed" -eq 0 ]
