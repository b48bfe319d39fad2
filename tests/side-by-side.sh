#!/bin/sh
# The whole suite. What starts processes of its own mostly waits for them, so it runs beside the rest and is
# told last.
python=$1
told=$(mktemp)
trap 'rm -f "$told"' EXIT
started="tests/flows tests/docs tests/cli tests/demo"
{ "$python" -m pytest -m kills; killed=$?; "$python" -m pytest -m "not kills" $started && [ "$killed" -eq 0 ]; } >"$told" 2>&1 &
beside=$!
"$python" -m pytest -m "not kills" $(printf -- "--ignore %s " $started)
rest=$?
wait "$beside"
processes=$?
echo "What starts processes:"
cat "$told"
[ "$rest" -eq 0 ] && [ "$processes" -eq 0 ]
