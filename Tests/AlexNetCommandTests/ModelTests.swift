import Foundation
import Testing

/// `alexnet model`, run with a library of its own.
@Suite struct ModelTests {
  private let folder: TemporaryFolder
  private let environment: [String: String?]

  init() throws {
    folder = try TemporaryFolder()
    environment = ["ALEXNET_HOME": folder["home"].path, "ALEXNET_OFFLINE": "1", "COLUMNS": "80"]
  }

  private func run(
    _ arguments: String..., with changes: [String: String?] = [:]
  ) throws -> BuiltProgram.Outcome {
    try BuiltProgram.run(
      arguments, in: BuiltProgram.photos, environment: environment.merging(changes) { $1 })
  }

  @Test("an empty library lists the starter and what can be fetched")
  func list() throws {
    try expectSnapshot("model-list", try run("model", "list"))
    let outcome = try run("model", "list", "--json")
    let rows = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.stdout.utf8)) as? [[String: Any]])
    #expect(rows.compactMap { $0["name"] as? String }.contains("caffenet"))
    #expect(rows.first?["default"] as? Bool == true)
  }

  @Test("a model can be compressed to itself, imported, made the default, verified and removed")
  func life() throws {
    // The built-in model is the only one at hand; its own source file is what is compiled in.
    let file = BuiltProgram.tests.deletingLastPathComponent()
      .appendingPathComponent("Sources/CStarterModel/starter.safetensors").path
    #expect(try run("model", "import", file, "--name", "mine").exitCode == 0)
    // Its accuracy was measured on photos of its own, which says nothing beside other models'.
    #expect(try run("model", "default").stdout == "starter\n")
    #expect(try run("model", "default", "mine").exitCode == 0)
    #expect(try run("model", "default").stdout == "mine\n")
    let classified = try run("--jsonl", "--top", "1", "cat.jpg")
    #expect(classified.stdout.contains(#""model": "mine""#))
    #expect(classified.stderr.hasPrefix("alexnet: using mine (1000 classes"))
    #expect(try run("model", "verify", "mine").stdout == "mine is intact\n")
    let path = folder["home"].appendingPathComponent("models/mine.safetensors").path
    #expect(try run("model", "path", "mine").stdout == path + "\n")
    #expect(try run("model", "import", file, "--name", "mine").exitCode == 73)
    #expect(try run("model", "default", "starter").exitCode == 0)
    #expect(
      try run("--jsonl", "cat.jpg", with: ["ALEXNET_MODEL": "mine"]).stdout.contains("mine"))
    #expect(try run("model", "remove", "mine").exitCode == 0)
    #expect(try run("--model", "mine", "cat.jpg").exitCode == 69)
  }

  @Test("what a model file says about itself cannot control a terminal")
  func escapes() throws {
    var bytes = try Data(
      contentsOf: BuiltProgram.tests.deletingLastPathComponent()
        .appendingPathComponent("Sources/CStarterModel/starter.safetensors"))
    // The two texts have the same length.
    let license = try #require(bytes.range(of: Data("research use".utf8)))
    bytes.replaceSubrange(license, with: Data(#"\u009b[2Jabc"#.utf8))
    try folder.write(bytes, to: "hostile.safetensors")
    let file = folder["hostile.safetensors"].path
    #expect(try run("model", "import", file, "--name", "hostile").exitCode == 0)
    for arguments in [["list"], ["list", "--json"], ["info", "hostile"], ["info", file]] {
      let shown = try BuiltProgram.run(["model"] + arguments, environment: environment).stdout
      #expect(
        !shown.unicodeScalars.contains("\u{9B}") && shown.contains("[2Jabc"), "\(arguments)")
    }
  }

  @Test("what is damaged, missing or forbidden has its exit code and a message that helps")
  func failures() throws {
    let offline = try run("model", "pull", "caffenet")
    #expect(offline.exitCode == 69)
    #expect(offline.stderr.contains("ALEXNET_OFFLINE"))
    #expect(try run("model", "pull", "resnet").exitCode == 69)
    #expect(try run("model", "remove", "starter").exitCode == 64)
    #expect(
      try run("--model", "caffenet", "cat.jpg").stderr
        == "alexnet: the model 'caffenet' is not installed; alexnet model pull caffenet fetches it\n"
    )
    let photo = try run("--model", "cat.jpg", "cat.jpg")
    #expect(photo.exitCode == 65)
    #expect(photo.stderr.contains("cat.jpg: it holds no weights: it is a JPEG image; "))
    #expect(try run("--model", "no.onnx", "cat.jpg").exitCode == 69)
    let preprocess = try run("--preprocess", "nothing", "cat.jpg")
    #expect(preprocess.exitCode == 64)
    try folder.write(Data("cat\n".utf8), to: "labels.txt")
    let labels = try run("--labels", folder["labels.txt"].path, "cat.jpg")
    #expect(labels.exitCode == 65)
    #expect(try run("--labels", folder["none.txt"].path, "cat.jpg").exitCode == 66)
    #expect(
      labels.stderr.contains(
        "labels.txt: the number of its classes is 1, and that of the built-in model is 1000"))
    try folder.write(Data([0xFF, 0xFE, 0x61, 0, 0x0A, 0]), to: "labels.txt")
    let wide = try run("--labels", folder["labels.txt"].path, "cat.jpg")
    #expect(wide.exitCode == 65 && wide.stderr.contains("labels.txt: it is UTF-16 text; "))
  }

  @Test("a wrong file in a mirror is refused, and every line of the reason is shown")
  func wrongMirror() throws {
    try folder.write(Data([1, 2, 3]), to: "mirror/bvlc_reference_caffenet.caffemodel")
    let outcome = try run(
      "model", "pull", "caffenet", with: ["ALEXNET_MIRROR": folder["mirror"].absoluteString])
    #expect(outcome.exitCode == 69)
    #expect(outcome.stderr.contains("has 3 bytes, not 243862418"))
    #expect(!outcome.stderr.contains("\\n"))
  }

  @Test("the starter describes itself", arguments: ["text", "json"])
  func info(format: String) throws {
    let outcome =
      try format == "json"
      ? run("model", "info", "starter", "--json") : run("model", "info", "starter")
    #expect(outcome.stdout.contains("held-out photos") && outcome.stdout.contains("research use"))
    if format == "text" {
      #expect(outcome.stdout.contains("\n  settings\n") && !outcome.stdout.contains("{\"program"))
    } else {
      let object = try JSONSerialization.jsonObject(with: Data(outcome.stdout.utf8))
      #expect(((object as? [String: Any])?["preprocessing"] as? [String: Any])?["steps"] != nil)
    }
  }
}
