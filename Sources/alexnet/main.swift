print("alexnet")
