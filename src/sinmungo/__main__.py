from sinmungo.cli.main import main

main()
