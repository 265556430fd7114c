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
    for (format, beginning) in [("json", "[\n{\"path\": "), ("jsonl", "{\"path\": ")] {
      let short = try BuiltProgram.run("--\(format)", "cat.jpg").stdout
      #expect(short.hasPrefix(beginning))
      #expect(try short == BuiltProgram.run("--format", format, "cat.jpg").stdout)
    }
  }

  private func record(_ arguments: String...) throws -> [String: Any] {
    let outcome = try BuiltProgram.run(["--jsonl", "cat.jpg"] + arguments)
    return try #require(
      JSONSerialization.jsonObject(with: Data(outcome.stdout.utf8)) as? [String: Any])
  }

  private func probabilities(_ record: [String: Any]) throws -> [Double] {
    let predictions = try #require(record["predictions"] as? [[String: Any]])
    return predictions.compactMap { $0["probability"] as? Double }
  }

  @Test("probabilities of all classes sum to 1, and fall")
  func probabilities() throws {
    let record = try record("--top", "100000")
    let predictions = try #require(record["predictions"] as? [[String: Any]])
    let probabilities = try probabilities(record)
    #expect(probabilities.count == 1000)
    #expect(abs(probabilities.reduce(0, +) - 1) < 1e-4)
    #expect(probabilities == probabilities.sorted(by: >))
    #expect(predictions.compactMap { $0["rank"] as? Int } == Array(1...predictions.count))
    #expect(record["width"] as? Int == 451 && record["height"] as? Int == 300)
  }

  @Test("--min-probability leaves out what is less likely, and nothing else")
  func minProbability() throws {
    let all = try probabilities(record("--top", "1000"))
    let minimum = all[2]
    #expect(
      try probabilities(record("--top", "1000", "--min-probability", String(Float(minimum))))
        == all.filter { $0 >= minimum })
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
    #expect(stderr.hasPrefix("alexnet: using the built-in model (1000 classes, "))
    #expect(try BuiltProgram.run("--model", "starter", "cat.jpg").stderr.isEmpty)
  }

  private struct Record: Decodable {
    struct Prediction: Decodable {
      let rank: Int
      let index: Int
      let label: String
      let probability: Double
    }

    let path: String
    let width: Int
    let height: Int
    let predictions: [Prediction]
  }

  /// The photos' records, by so many threads and in batches of so many.
  private func records(
    threads: Int, batch: Int, precision: String
  ) throws -> (text: String, records: [Record]) {
    let outcome = try BuiltProgram.run(
      "--jsonl", "--threads", "\(threads)", "--batch-size", "\(batch)", "--precision", precision,
      ".")
    #expect(outcome.exitCode == 0)
    let decoder = JSONDecoder()
    return (
      outcome.stdout, try outcome.lines.map { try decoder.decode(Record.self, from: Data($0.utf8)) }
    )
  }

  @Test(
    "threads and batches change only the speed, and the rounding of probabilities",
    arguments: [(1, 3), (3, 2), (2, 16)])
  func threads(threads: Int, batch: Int) throws {
    let one = try records(threads: 1, batch: 1, precision: "fp32").records
    let many = try records(threads: threads, batch: batch, precision: "fp32").records
    #expect(one.map(\.path) == ["./cat.jpg", "./coffee.png", "./rocket.jpg"])
    #expect(many.map(\.path) == one.map(\.path))
    for (one, many) in zip(one, many) {
      #expect(one.width == many.width && one.height == many.height)
      #expect(one.predictions.count == 5)
      #expect(one.predictions.map(\.rank) == many.predictions.map(\.rank))
      #expect(one.predictions.map(\.index) == many.predictions.map(\.index))
      #expect(one.predictions.map(\.label) == many.predictions.map(\.label))
      for (left, right) in zip(one.predictions, many.predictions) {
        // Batches of another size may be computed by another algorithm, which rounds differently.
        #expect(abs(left.probability - right.probability) <= 1e-4 * left.probability)
      }
    }
  }

  @Test("in 8 bits, threads and batches change not one digit")
  func threadsIn8Bits() throws {
    let one = try records(threads: 1, batch: 1, precision: "int8").text
    #expect(try records(threads: 3, batch: 2, precision: "int8").text == one)
    #expect(try records(threads: 1, batch: 3, precision: "int8").text == one)
  }
}
