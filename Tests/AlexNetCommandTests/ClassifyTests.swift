import Foundation
import Testing

@Suite struct ClassifyTests {
  @Test("the short form and the subcommand say the same")
  func shortForm() throws {
    let short = try BuiltProgram.run("cat.jpg")
    try expectSnapshot("table-one", short)
    #expect(try BuiltProgram.run("classify", "cat.jpg").stdout == short.stdout)
  }

  @Test("several files in a table stand under their names")
  func severalFiles() throws {
    try expectSnapshot(
      "table-several", BuiltProgram.run("--top", "2", "cat.jpg", "coffee.png", "--quiet"))
  }

  @Test("each format is as recorded", arguments: ["table", "json", "jsonl", "csv"])
  func format(_ format: String) throws {
    let folder = try TemporaryFolder()
    try folder.copy("cat.jpg", to: "cat.jpg")
    try folder.write(Data("nothing to see".utf8), to: "a \"note\", with comma.jpg")
    try folder.write(Data(), to: "empty.png")
    try folder.copy("coffee.png", to: "sub/coffee.png")
    try expectSnapshot(
      "format-\(format)",
      BuiltProgram.run(
        "--format", format, "--top", "2", ".", "missing.jpg", in: folder.url))
  }

  @Test("--json and --jsonl are short for --format")
  func shortFormats() throws {
    for format in ["json", "jsonl"] {
      #expect(
        try BuiltProgram.run("--\(format)", "cat.jpg").stdout
          == BuiltProgram.run("--format", format, "cat.jpg").stdout)
    }
  }

  @Test("probabilities of all classes sum to 1, and fall")
  func probabilities() throws {
    let outcome = try BuiltProgram.run("--jsonl", "--top", "100000", "cat.jpg")
    let record = try #require(
      JSONSerialization.jsonObject(with: Data(outcome.stdout.utf8)) as? [String: Any])
    let predictions = try #require(record["predictions"] as? [[String: Any]])
    let probabilities = predictions.compactMap { $0["probability"] as? Double }
    #expect(abs(probabilities.reduce(0, +) - 1) < 1e-4)
    #expect(probabilities == probabilities.sorted(by: >))
    #expect(predictions.compactMap { $0["rank"] as? Int } == Array(1...predictions.count))
    #expect(record["width"] as? Int == 451 && record["height"] as? Int == 300)
  }

  @Test("--min-probability leaves out what is less likely")
  func minProbability() throws {
    let outcome = try BuiltProgram.run(
      "--min-probability", "1", "--format", "table", "cat.jpg", "--quiet")
    #expect(outcome.stdout == "no class is probable enough\n")
    #expect(outcome.exitCode == 0)
    let json = try BuiltProgram.run("--min-probability", "1", "--jsonl", "cat.jpg", "--quiet")
    #expect(json.stdout.contains("\"predictions\": []}"))
  }

  @Test("--quiet says nothing on standard error, and without it the starter model is named")
  func quiet() throws {
    #expect(try BuiltProgram.run("--quiet", "cat.jpg").stderr.isEmpty)
    let stderr = try BuiltProgram.run("cat.jpg").stderr
    #expect(stderr.hasPrefix("alexnet: using the built-in starter model (200 classes); "))
    #expect(try BuiltProgram.run("--model", "starter", "cat.jpg").stderr.isEmpty)
  }

  @Test("threads and batches change nothing but the speed")
  func threads() throws {
    let one = try BuiltProgram.run("--jsonl", "--threads", "1", "--batch-size", "1", ".")
    let many = try BuiltProgram.run("--jsonl", "--threads", "3", "--batch-size", "2", ".")
    let labels = { (outcome: BuiltProgram.Outcome) in
      outcome.lines.map { $0.split(separator: "\"predictions\"").first }
    }
    #expect(one.lines.count == 3)
    #expect(labels(one) == labels(many))
  }
}
