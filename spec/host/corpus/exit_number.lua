print("leaving")
os.exit(300 + 7)
