import Foundation
import Testing

/// Three labelled photos, of which the starter model gets one right, one nearly and one not at all.
@Suite struct EvaluateTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.copy("coffee.png", to: "data/n07920052/coffee.png")
    try folder.copy("rocket.jpg", to: "data/Beacon/rocket.jpg")
    try folder.copy("cat.jpg", to: "data/brain_coral/cat.jpg")
  }

  private func evaluate(_ arguments: String...) throws -> BuiltProgram.Outcome {
    try BuiltProgram.run(["evaluate", "--model", "starter"] + arguments, in: folder.url)
  }

  /// What is the same on every machine and day.
  private func steady(_ text: String) -> String {
    text.replacing(/speed   [0-9.]+ images/, with: "speed   N images")
      .replacing(/"seconds": [0-9.e-]+, "images_per_second": [0-9.e+]+/, with: "\"seconds\": N")
  }

  @Test("accuracy, intervals, failures and mistakes, for people")
  func table() throws {
    try folder.write(Data("no image".utf8), to: "data/Beacon/broken.jpg")
    try folder.write(Data(), to: "data/Beacon/notes.txt")
    try folder.copy("cat.jpg", to: "data/nobody.jpg")
    let outcome = try evaluate("data")
    #expect(
      steady(outcome.stdout) == """
        model   starter, 200 classes, 1 crop
        images  4
        failed  1
        top-1   33.33%  (95% interval: 6.15% to 79.23%)
        top-5   66.67%  (95% interval: 20.77% to 93.85%)
        speed   N images/s

        most confused
        times  truth        taken for
            1  brain coral  Chihuahua
            1  beacon       obelisk

        """)
    #expect(
      outcome.stderr == """
        alexnet: 1 image left out: no class is given for it
        alexnet: data/Beacon/broken.jpg: this is a text file, not a JPEG or PNG image; convert it to one of these
        alexnet: passed over 1 file that is no picture: 1 .txt (data/Beacon/notes.txt)

        """)
    #expect(outcome.exitCode == 1)
  }

  @Test("accuracy as one JSON object, and 0 where every image was read")
  func json() throws {
    let outcome = try evaluate("--json", "--confusions", "1", "data", "--quiet")
    #expect(
      steady(outcome.stdout) == """
        {"model": "starter", "classes": 200, "crops": 1, "images": 3, "failed": 0, "unlabelled": \
        0, "top1": {"correct": 1, "accuracy": 0.33333334, "interval": [0.061491944, 0.7923404]}, \
        "top5": {"correct": 2, "accuracy": 0.6666667, "interval": [0.2076596, 0.93850803]}, \
        "seconds": N, "confusions": [{"count": 1, "truth": {"index": 14, "wnid": "n01917289", \
        "label": "brain coral"}, "predicted": {"index": 24, "wnid": "n02085620", "label": \
        "Chihuahua"}}]}

        """)
    #expect(outcome.stderr.isEmpty && outcome.exitCode == 0)
  }

  @Test("--per-class writes a row for each class of the model")
  func perClass() throws {
    #expect(try evaluate("--per-class", "classes.csv", "data").exitCode == 0)
    let rows = try folder.text("classes.csv").split(separator: "\n")
    #expect(rows.count == 201)
    #expect(
      rows[0] == "index,wnid,label,images,failed,top1_correct,top5_correct,top1_accuracy,"
        + "top5_accuracy,taken_for_index,taken_for,taken_for_count")
    #expect(rows[1] == "0,n01443537,goldfish,0,0,0,0,,,,,")
    #expect(rows[15] == "14,n01917289,brain coral,1,0,0,0,0.0,0.0,24,Chihuahua,1")
    #expect(rows[194] == "193,n07920052,espresso,1,0,1,1,1.0,1.0,,,")
  }

  @Test("a list in Caffe's form, one with names, and one in the order of the files say the same")
  func lists() throws {
    let expected = try evaluate("--json", "data")
    for photo in ["coffee.png", "rocket.jpg", "cat.jpg"] {
      try folder.copy(photo, to: "flat/\(photo)")
    }
    let beacon = try #require(
      try BuiltProgram.run("--jsonl", "rocket.jpg").stdout.firstMatch(
        of: /"index": (\d+), "wnid": "(n\d+)", "label": "beacon"/))
    let lists = [
      "caffe": "coffee.png 193\nrocket.jpg \(beacon.1)\ncat.jpg 14\n",
      "named": "coffee.png espresso\nrocket.jpg \(beacon.2)\ncat.jpg n01917289\n",
      "ordered": "brain coral\nn07920052\nbeacon\n",
    ]
    for (name, text) in lists {
      try folder.write(Data(text.utf8), to: name)
      let outcome = try evaluate("--json", "--ground-truth", name, "flat")
      #expect(steady(outcome.stdout) == steady(expected.stdout), "\(name)")
      #expect(outcome.exitCode == 0)
    }
  }

  @Test("folders that are no class are named, and --skip-unknown leaves them out")
  func unknown() throws {
    try folder.copy("cat.jpg", to: "data/unicorn/cat.jpg")
    let outcome = try evaluate("data")
    #expect(outcome.stdout.isEmpty && outcome.exitCode == 64)
    #expect(
      outcome.stderr == """
        alexnet: a name in data is no class of the model: unicorn
        alexnet: names are WordNet ids or labels of the model; --model names another model, \
        --map a file that says which class each name stands for, and --skip-unknown leaves the \
        others out

        """)
    let skipping = try evaluate("--skip-unknown", "data")
    #expect(skipping.stdout.contains("images  3\n") && skipping.exitCode == 0)
    #expect(
      skipping.stderr == "alexnet: left out, because the model has no such class: unicorn\n")
  }

  @Test("where no folder is a class, a table shows what its photos were taken for")
  func otherNames() throws {
    try folder.copy("coffee.png", to: "other/drinks/coffee.png")
    let outcome = try evaluate("other")
    #expect(outcome.stdout == "folder  images  taken for\ndrinks       1  espresso 1\n")
    #expect(outcome.exitCode == 0 && outcome.stderr.contains("--map"))
    try folder.write(Data("drinks,espresso\n".utf8), to: "map.csv")
    let mapped = try evaluate("--map", "map.csv", "other")
    #expect(mapped.stdout.contains("top-1   100.00%") && mapped.exitCode == 0)
  }

  @Test("data that is not there, that is empty, or that has no labels")
  func noData() throws {
    let missing = try evaluate("nowhere")
    #expect(missing.exitCode == 66 && missing.stdout.isEmpty)
    #expect(missing.stderr == "alexnet: cannot read nowhere: No such file or directory\n")
    let list = try evaluate("--ground-truth", "nowhere", "data")
    #expect(list.exitCode == 66)
    let file = try evaluate("data/Beacon/rocket.jpg")
    #expect(file.stderr == "alexnet: data/Beacon/rocket.jpg is not a folder\n")
    #expect(file.exitCode == 66)
    #expect(try evaluate("data/Beacon").exitCode == 64)
    try FileManager.default.createDirectory(
      at: folder["empty/espresso"], withIntermediateDirectories: true)
    let empty = try evaluate("empty")
    #expect(empty.stderr == "alexnet: there is no image in empty\n" && empty.exitCode == 66)
    try folder.write(Data("x.jpg 1\n".utf8), to: "list")
    let absent = try evaluate("--ground-truth", "list", "--per-class", "out.csv", "data")
    #expect(absent.stderr.hasSuffix("alexnet: none of the images is in data\n"))
    #expect(absent.exitCode == 66)
    #expect(try !folder.names.contains("out.csv"))
  }

  @Test("a list that does not fit says where")
  func badList() throws {
    try folder.write(Data("a.jpg 3\nb.jpg 200\n".utf8), to: "list")
    let outcome = try evaluate("--ground-truth", "list", "data")
    #expect(
      outcome.stderr.hasPrefix(
        "alexnet: list, line 2: there is no class 200; the model has classes 0 to 199\n"))
    #expect(outcome.exitCode == 64)
  }

  @Test("--per-class that cannot be created is said before the work")
  func output() throws {
    let outcome = try evaluate("--per-class", "nowhere/x.csv", "data")
    #expect(outcome.exitCode == 73 && outcome.stdout.isEmpty)
  }

  @Test("ten crops are averaged, in the same way by both commands")
  func tenCrops() throws {
    let one = try BuiltProgram.run("--jsonl", "--top", "200", "coffee.png")
    let ten = try BuiltProgram.run(
      "classify", "--crops", "10", "--jsonl", "--top", "200", "coffee.png")
    func probabilities(_ outcome: BuiltProgram.Outcome) -> [Double] {
      outcome.stdout.matches(of: /"probability": ([0-9.e-]+)/).compactMap { Double($0.1) }
    }
    #expect(probabilities(one) != probabilities(ten))
    #expect(abs(probabilities(ten).reduce(0, +) - 1) < 1e-4)
    let outcome = try evaluate("--crops", "10", "data")
    #expect(outcome.stdout.hasPrefix("model   starter, 200 classes, 10 crops\nimages  3\n"))
    #expect(outcome.stdout.contains("top-1   33.33%") && outcome.exitCode == 0)
  }
}
