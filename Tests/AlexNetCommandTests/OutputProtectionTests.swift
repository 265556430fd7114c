import Foundation
import Testing

/// No command's output replaces what the command reads, an image, or another of its outputs.
@Suite struct OutputProtectionTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.copy("cat.jpg", to: "cat.jpg")
    try folder.copy("coffee.png", to: "photos/espresso/coffee.png")
    // Nothing of these is read before the outputs have been checked.
    for name in [
      "m.bin", "m.svg", "home/models/pets.safetensors", "p.index", "labels.txt", "list.txt",
      "run.jsonl", "data.tar",
    ] {
      try folder.write(Data(name.utf8), to: name)
    }
  }

  private func contents() throws -> [String: Data] {
    let paths = try #require(FileManager.default.enumerator(atPath: folder.url.path))
    var found: [String: Data] = [:]
    for case let path as String in paths { found[path] = try? Data(contentsOf: folder[path]) }
    return found
  }

  private func expectRefusal(_ arguments: [String], _ message: String) throws {
    let before = try contents()
    let outcome = try BuiltProgram.run(
      arguments, in: folder.url, environment: ["ALEXNET_HOME": folder["home"].path])
    #expect(outcome.exitCode == 64 && outcome.stdout.isEmpty, "\(arguments): \(outcome.stderr)")
    #expect(outcome.stderr.contains(message), "\(arguments): \(outcome.stderr)")
    #expect(try contents() == before)
  }

  @Test(
    "the model that a command uses is not replaced",
    arguments: [
      ["visualize", "filters", "-o"], ["visualize", "maps", "cat.jpg", "-o"],
      ["visualize", "class", "0", "-o"],
      ["visualize", "class", "0", "--from", "cat.jpg", "-o"], ["explain", "cat.jpg", "-o"],
      ["explain", "cat.jpg", "--array"], ["features", "cat.jpg", "--format", "npy", "-o"],
      ["classify", "cat.jpg", "-o"], ["classify", "cat.jpg", "--errors"],
      ["classify", "cat.jpg", "--summary"], ["classify", "cat.jpg", "--report"],
      ["evaluate", "photos", "--per-class"], ["evaluate", "photos", "--report"],
      ["similar", "cat.jpg", "--index", "p.index", "-o"],
      ["similar", "cat.jpg", "--index", "p.index", "--report"], ["duplicates", "photos", "-o"],
    ])
  func model(arguments: [String]) throws {
    try expectRefusal(
      arguments + ["./m.bin", "--model", "m.bin"], "would replace the model 'm.bin'")
    // A model of the library, by its name.
    try expectRefusal(
      arguments + ["home/models/pets.safetensors", "--model", "pets"], "would replace the model '")
  }

  @Test(
    "nothing else that a command reads is replaced, and no other image",
    arguments: [
      (["info", "--model", "m.svg", "--diagram", "m.svg"], "the diagram would replace the model"),
      (["model", "compress", "m.bin", "-o", "m.bin"], "the new model would replace the model"),
      (
        ["model", "quantize", "m.bin", "--calibrate", "photos", "-o", "m.bin"],
        "the new model would replace the model"
      ),
      (
        ["model", "compress", "m.bin", "--labels", "labels.txt", "-o", "labels.txt"],
        "would replace the labels"
      ),
      (["model", "compress", "m.bin", "-o", "cat.jpg"], "is an image, which the new model"),
      (["train", "photos", "--from", "m.bin", "-o", "m.bin"], "would replace the model 'm.bin'"),
      (["train", "photos", "-o", "cat.jpg"], "is an image, which the model would replace"),
      (
        ["train", "photos", "-o", "x", "--preview", "cat.jpg"],
        "is an image, which the preview would replace"
      ),
      (
        ["train", "photos", "-o", "x", "--targets", "run.jsonl", "--per-class", "run.jsonl"],
        "would replace the targets"
      ),
      (["train", "data.tar", "-o", "data.tar"], "would replace the archive 'data.tar'"),
      (["index", "photos", "--model", "m.bin", "-o", "m.bin"], "m.bin is not an index"),
      (["index", "photos", "-o", "cat.jpg"], "cat.jpg is not an index"),
      (["features", "cat.jpg", "--format", "csv", "-o", "cat.jpg"], "replace the photo 'cat.jpg'"),
      (
        ["features", "cat.jpg", "--format", "npy", "-o", "photos/espresso/coffee.png"],
        "is an image, which the features would replace"
      ),
      (["classify", "cat.jpg", "-o", "cat.jpg"], "the results would replace the photo"),
      (["classify", "cat.jpg", "--errors", "cat.jpg"], "the failures would replace the photo"),
      (
        ["classify", "photos", "--summary", "cat.jpg"],
        "is an image, which the summary would replace"
      ),
      (
        ["classify", "photos", "-o", "x", "--errors", "./x"],
        "./x cannot be both the failures and the results"
      ),
      (
        ["classify", "--files-from", "list.txt", "-o", "list.txt"],
        "the results would replace the list of inputs"
      ),
      (
        ["evaluate", "photos", "--ground-truth", "list.txt", "--report", "list.txt"],
        "the report would replace the list of classes"
      ),
      (["evaluate", "photos", "--per-class", "cat.jpg"], "is an image, which the CSV file"),
      (
        ["similar", "cat.jpg", "--index", "p.index", "--report", "p.index"],
        "the report would replace the index 'p.index'"
      ),
      (
        ["similar", "cat.jpg", "--index", "p.index", "--report", "cat.jpg"],
        "the report would replace the photo 'cat.jpg'"
      ),
      (["duplicates", "--index", "p.index", "-o", "p.index"], "would replace the index 'p.index'"),
      (["report", "run.jsonl", "-o", "./run.jsonl"], "the page would replace the records"),
    ] as [([String], String)])
  func others(arguments: [String], message: String) throws {
    try expectRefusal(arguments, message)
  }

  @Test("outputs that are no files may have one name")
  func devices() throws {
    let outcome = try BuiltProgram.run(
      ["cat.jpg", "-o", "/dev/null", "--errors", "/dev/null", "--summary", "/dev/null"],
      in: folder.url)
    #expect(outcome.exitCode == 0)
  }
}
