import Foundation
import Testing

/// Three labelled photos. Their labels are chosen so that the built-in model gets one right, one
/// nearly and one not at all: what it answers is asked from `classify`.
@Suite struct EvaluateTests {
  private struct Answer: Decodable {
    let index: Int
    let wnid: String
    let label: String
  }

  /// A class that none of the photos shows.
  private static let coral = Answer(index: 109, wnid: "n01917289", label: "brain coral")

  private let folder: TemporaryFolder
  /// The likeliest class of coffee.png.
  private let coffee: Answer
  /// The second class of rocket.jpg.
  private let rocket: Answer
  /// The likeliest class of rocket.jpg and of cat.jpg: both are wrong.
  private let (rocketMistake, catMistake): (Answer, Answer)

  init() throws {
    folder = try TemporaryFolder()
    func answers(_ photo: String) throws -> [Answer] {
      struct Record: Decodable { let predictions: [Answer] }
      let outcome = try BuiltProgram.run("--jsonl", "--quiet", photo)
      let answers = try JSONDecoder().decode(Record.self, from: Data(outcome.stdout.utf8))
        .predictions
      try #require(answers.count == 5)
      return answers
    }
    coffee = try answers("coffee.png")[0]
    let ofRocket = try answers("rocket.jpg")
    let ofCat = try answers("cat.jpg")
    (rocket, rocketMistake, catMistake) = (ofRocket[1], ofRocket[0], ofCat[0])
    try #require(!ofCat.contains { $0.wnid == Self.coral.wnid })
    try folder.copy("coffee.png", to: "data/\(coffee.wnid)/coffee.png")
    try folder.copy("rocket.jpg", to: "\(rocketFolder)/rocket.jpg")
    try folder.copy("cat.jpg", to: "data/brain_coral/cat.jpg")
  }

  /// Named by the label, in another spelling.
  private var rocketFolder: String {
    "data/" + rocket.label.uppercased().replacingOccurrences(of: " ", with: "_")
  }

  /// The two mistakes in the order of the true classes.
  private var mistakes: [(truth: Answer, predicted: Answer)] {
    [(rocket, rocketMistake), (Self.coral, catMistake)].sorted { $0.0.index < $1.0.index }
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
    try folder.write(Data("no image".utf8), to: "\(rocketFolder)/broken.jpg")
    try folder.write(Data(), to: "\(rocketFolder)/notes.txt")
    try folder.copy("cat.jpg", to: "data/nobody.jpg")
    let outcome = try evaluate("data")
    let width = max("truth".count, mistakes.map(\.truth.label.count).max() ?? 0)
    func row(_ mistake: (truth: Answer, predicted: Answer)) -> String {
      "    1  " + mistake.truth.label.padding(toLength: width, withPad: " ", startingAt: 0) + "  "
        + mistake.predicted.label
    }
    #expect(
      steady(outcome.stdout) == """
        model   starter, 1000 classes, 1 crop
        images  4
        failed  1
        top-1   33.33%  (95% interval: 6.15% to 79.23%)
        top-5   66.67%  (95% interval: 20.77% to 93.85%)
        speed   N images/s

        most confused
        times  \("truth".padding(toLength: width, withPad: " ", startingAt: 0))  taken for
        \(row(mistakes[0]))
        \(row(mistakes[1]))

        """)
    #expect(
      outcome.stderr == """
        alexnet: 1 image left out: no class is given for it
        alexnet: \(rocketFolder)/broken.jpg: this is a text file, not a JPEG or PNG image; convert it to one of these
        alexnet: skipped 1 file that is no picture: 1 .txt (\(rocketFolder)/notes.txt)

        """)
    #expect(outcome.exitCode == 1)
  }

  @Test("accuracy as one JSON object, and 0 where every image was read")
  func json() throws {
    let outcome = try evaluate("--json", "--confusions", "1", "data", "--quiet")
    let first = try #require(mistakes.first)
    func json(_ answer: Answer) -> String {
      """
      {"index": \(answer.index), "wnid": "\(answer.wnid)", "label": "\(answer.label)"}
      """
    }
    #expect(
      steady(outcome.stdout) == """
        {"model": "starter", "classes": 1000, "crops": 1, "images": 3, "failed": 0, "unlabelled": \
        0, "top1": {"correct": 1, "accuracy": 0.33333334, "interval": [0.061491944, 0.7923404]}, \
        "top5": {"correct": 2, "accuracy": 0.6666667, "interval": [0.2076596, 0.93850803]}, \
        "seconds": N, "confusions": [{"count": 1, "truth": \(json(first.truth)), "predicted": \
        \(json(first.predicted))}]}

        """)
    #expect(outcome.stderr.isEmpty && outcome.exitCode == 0)
  }

  @Test("--per-class writes a row for each class of the model")
  func perClass() throws {
    #expect(try evaluate("--per-class", "classes.csv", "data").exitCode == 0)
    let rows = try folder.text("classes.csv").split(separator: "\n")
    #expect(rows.count == 1001)
    #expect(
      rows[0] == "index,wnid,label,images,failed,top1_correct,top5_correct,top1_accuracy,"
        + "top5_accuracy,taken_for_index,taken_for,taken_for_count")
    #expect(rows[1] == "0,n01440764,tench,0,0,0,0,,,,,")
    let coral = Self.coral
    #expect(
      rows[coral.index + 1] == "\(coral.index),\(coral.wnid),\(coral.label),1,0,0,0,0.0,0.0,"
        + "\(catMistake.index),\(catMistake.label),1")
    #expect(
      rows[coffee.index + 1]
        == "\(coffee.index),\(coffee.wnid),\(coffee.label),1,0,1,1,1.0,1.0,,,")
  }

  @Test("a list in Caffe's form, one with names, and one in the order of the files say the same")
  func lists() throws {
    let expected = try evaluate("--json", "data")
    for photo in ["coffee.png", "rocket.jpg", "cat.jpg"] {
      try folder.copy(photo, to: "flat/\(photo)")
    }
    let coral = Self.coral
    let lists = [
      "caffe":
        "coffee.png \(coffee.index)\nrocket.jpg \(rocket.index)\ncat.jpg \(coral.index)\n",
      "named": "coffee.png \(coffee.label)\nrocket.jpg \(rocket.wnid)\ncat.jpg \(coral.wnid)\n",
      "ordered": "\(coral.label)\n\(coffee.wnid)\n\(rocket.label)\n",
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
    #expect(outcome.stdout == "folder  images  taken for\ndrinks       1  \(coffee.label) 1\n")
    #expect(outcome.exitCode == 0 && outcome.stderr.contains("--map"))
    try folder.write(Data("drinks,\(coffee.label)\n".utf8), to: "map.csv")
    let mapped = try evaluate("--map", "map.csv", "other")
    #expect(mapped.stdout.contains("top-1   100.00%") && mapped.exitCode == 0)
    // From a FIFO, which can be read once.
    let piped = try BuiltProgram.shell(
      "mkfifo pipe; timeout 60 sh -c 'cat map.csv >pipe' & timeout 60 \"$ALEXNET\" evaluate --map pipe other",
      in: folder.url)
    #expect(piped.stdout.contains("top-1   100.00%") && piped.exitCode == 0)
  }

  @Test("data that is not there, that is empty, or that has no labels")
  func noData() throws {
    let missing = try evaluate("nowhere")
    #expect(missing.exitCode == 66 && missing.stdout.isEmpty)
    #expect(missing.stderr == "alexnet: cannot read nowhere: No such file or directory\n")
    let list = try evaluate("--ground-truth", "nowhere", "data")
    #expect(list.exitCode == 66)
    let file = try evaluate("\(rocketFolder)/rocket.jpg")
    #expect(file.stderr == "alexnet: \(rocketFolder)/rocket.jpg is not a folder\n")
    #expect(file.exitCode == 66)
    #expect(try evaluate(rocketFolder).exitCode == 64)
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
    try folder.write(Data("a.jpg 3\nb.jpg 1000\n".utf8), to: "list")
    let outcome = try evaluate("--ground-truth", "list", "data")
    #expect(
      outcome.stderr.hasPrefix(
        "alexnet: list, line 2: there is no class 1000; the model has classes 0 to 999\n"))
    #expect(outcome.exitCode == 65)
    // What is no list, in each place where one is read.
    try folder.write(Data("a.jpg 3\n".data(using: .utf16) ?? Data()), to: "wide")
    for arguments in [["--ground-truth", "wide", "data"], ["--map", "wide", "data"]] {
      let wide = try BuiltProgram.run(["evaluate"] + arguments, in: folder.url)
      #expect(wide.exitCode == 65 && wide.stderr.contains("wide is UTF-16 text"))
    }
  }

  @Test("--per-class that cannot be created is said before the work")
  func output() throws {
    let outcome = try evaluate("--per-class", "nowhere/x.csv", "data")
    #expect(outcome.exitCode == 73 && outcome.stdout.isEmpty)
  }

  @Test("ten crops are averaged, in the same way by both commands")
  func tenCrops() throws {
    let one = try BuiltProgram.run("--jsonl", "--top", "1000", "coffee.png")
    let ten = try BuiltProgram.run(
      "classify", "--crops", "10", "--jsonl", "--top", "1000", "coffee.png")
    func probabilities(_ outcome: BuiltProgram.Outcome) -> [Double] {
      outcome.stdout.matches(of: /"probability": ([0-9.e-]+)/).compactMap { Double($0.1) }
    }
    #expect(probabilities(one) != probabilities(ten))
    #expect(abs(probabilities(ten).reduce(0, +) - 1) < 1e-4)
    let outcome = try evaluate("--crops", "10", "data")
    #expect(outcome.stdout.hasPrefix("model   starter, 1000 classes, 10 crops\nimages  3\n"))
    // As many are right as are when 'classify' is asked for each photo.
    let photos = [("coffee.png", coffee), ("rocket.jpg", rocket), ("cat.jpg", Self.coral)]
    let right = try photos.count { photo, truth in
      try BuiltProgram.run("classify", "--crops", "10", "--jsonl", "--top", "1", photo)
        .stdout.contains("\"wnid\": \"\(truth.wnid)\"")
    }
    let share = ["0.00%", "33.33%", "66.67%", "100.00%"][right]
    #expect(
      outcome.stdout.contains("top-1 \(String(repeating: " ", count: 8 - share.count))\(share)"))
    #expect(outcome.exitCode == 0)
  }
}
