import Foundation
import Images
import Testing

/// `alexnet explain`. That the maps are right is tested where they are computed: here it is that
/// they reach pictures, arrays and records.
@Suite struct ExplainTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.copy("cat.jpg", to: "cat.jpg")
    try folder.copy("coffee.png", to: "photos/cup.png")
    try folder.copy("cat.jpg", to: "photos/a/cup.jpg")
    try folder.write(Data("some text".utf8), to: "photos/b.jpg")
  }

  private func run(_ arguments: String...) throws -> BuiltProgram.Outcome {
    try BuiltProgram.run(["explain", "--quiet"] + arguments, in: folder.url)
  }

  @Test("one photo gives a picture and a line for its likeliest class")
  func onePhoto() throws {
    let outcome = try run("cat.jpg", "--output", "why.png")
    #expect(outcome.exitCode == 0 && outcome.stderr.isEmpty)
    // Explanations are computed in fp32.
    let best = try BuiltProgram.run(
      ["--quiet", "--jsonl", "--precision", "fp32", "cat.jpg"], in: folder.url)
    let predictions = try #require(objects(best.stdout)[0]["predictions"] as? [[String: Any]])
    let label = try #require(predictions[0]["label"] as? String)
    #expect(
      outcome.stdout.wholeMatch(of: /(.+?)  +[\d.]+%  strongest evidence at \d+, \d+\n/)?.1
        == Substring(label))
    let image = try folder.picture("why.png")
    // The photo of 451 x 300 is drawn 800 pixels wide, with margins, a title and a legend.
    #expect(image.width > 800 && image.width < 860)
    #expect(image.height > 532 + 60 && image.height < 532 + 300)
    #expect(try folder.names == ["cat.jpg", "photos", "why.png"])
  }

  @Test("the record has what classify says, and where the evidence is")
  func record() throws {
    let outcome = try run("cat.jpg", "--json", "--boxes", "--class", "0", "--class", "n02123045")
    #expect(outcome.exitCode == 0)
    let array = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.stdout.utf8)) as? [[String: Any]])
    #expect(array.count == 1)
    let record = array[0]
    #expect(record["path"] as? String == "cat.jpg" && record["width"] as? Int == 451)
    #expect(record["method"] as? String == "gradcam" && record["layer"] as? String == "conv5")
    #expect(record["picture"] == nil && record["array"] == nil)
    let map = try #require(record["map"] as? [String: Any])
    #expect(map["width"] as? Int == 13 && map["height"] as? Int == 13)
    let seen = try #require(record["seen"] as? [String: Int])
    #expect(seen["width"] == seen["height"] && (seen["x"] ?? 0) > 50)
    let classes = try #require(record["classes"] as? [[String: Any]])
    #expect(classes.map { $0["index"] as? Int }[0] == 0)
    #expect(classes.map { $0["wnid"] as? String }[1] == "n02123045")
    let all = try BuiltProgram.run(
      ["--quiet", "--jsonl", "--precision", "fp32", "--top", "1000", "cat.jpg"], in: folder.url)
    let predictions = try #require(objects(all.stdout)[0]["predictions"] as? [[String: Any]])
    for found in classes {
      let prediction = try #require(
        predictions.first { $0["index"] as? Int == found["index"] as? Int })
      for name in ["rank", "label", "wnid"] {
        #expect("\(found[name] ?? "")" == "\(prediction[name] ?? "")")
      }
      let (left, right) = (found["probability"] as? Double, prediction["probability"] as? Double)
      #expect(abs((left ?? 0) - (right ?? 1)) < 1e-5)
      guard let box = found["box"] as? [String: Any] else { continue }
      let (x, width) = (box["x"] as? Int ?? -1, box["width"] as? Int ?? 0)
      let (y, height) = (box["y"] as? Int ?? -1, box["height"] as? Int ?? 0)
      #expect(x >= 0 && width > 0 && x + width <= 451 && y >= 0 && height > 0 && y + height <= 300)
      #expect(box["score"] as? Double == left)
    }
    #expect(classes.contains { $0["box"] is [String: Any] })
  }

  @Test("a folder gives a record a line, and pictures in a folder, without losing any")
  func manyPhotos() throws {
    let outcome = try run("photos", "-o", "maps/of/photos", "--size", "100")
    #expect(outcome.exitCode == 1)
    let records = try objects(outcome.stdout)
    #expect(
      records.map { $0["path"] as? String }
        == ["photos/a/cup.jpg", "photos/b.jpg", "photos/cup.png"])
    #expect(
      records.map { $0["picture"] as? String }
        == ["maps/of/photos/cup.png", nil, "maps/of/photos/cup-2.png"])
    #expect((records[1]["error"] as? [String: Any])?["code"] as? String == "unsupported_format")
    #expect(try folder.picture("maps/of/photos/cup.png").width < 260)
    #expect(try folder.picture("maps/of/photos/cup-2.png").height > 66)
    // Without an output there are records only.
    #expect(try objects(run("photos").stdout).allSatisfy { $0["picture"] == nil })
    #expect(try folder.names == ["cat.jpg", "maps", "photos"])
  }

  @Test("the array has a map for each class, as it was computed")
  func array() throws {
    let outcome = try run(
      "cat.jpg", "--array", "maps.npy", "--class", "3", "--class", "5", "--layer", "pool3",
      "--jsonl")
    #expect(outcome.exitCode == 0)
    let record = try objects(outcome.stdout)[0]
    #expect(record["array"] as? String == "maps.npy" && record["layer"] as? String == "pool3")
    let data = try Data(contentsOf: folder["maps.npy"])
    #expect(data.count == 128 + 2 * 6 * 6 * 4)
    #expect(String(decoding: data[10..<128], as: UTF8.self).contains("'shape': (2, 6, 6)"))
    var values: [Float] = []
    for start in stride(from: 128, to: data.count, by: 4) {
      var bits: UInt32 = 0
      for byte in 0..<4 { bits |= UInt32(data[start + byte]) << UInt32(8 * byte) }
      values.append(Float(bitPattern: bits))
    }
    #expect(values.allSatisfy { $0 >= 0 && $0.isFinite })
    let classes = try #require(record["classes"] as? [[String: Any]])
    for (index, found) in classes.enumerated() {
      let largest = values[index * 36..<(index + 1) * 36].max() ?? 0
      #expect(abs(Double(largest) - (found["strength"] as? Double ?? -1)) < 1e-5)
    }
  }

  @Test("several classes give pictures side by side")
  func row() throws {
    #expect(try run("cat.jpg", "-o", "one.png", "--size", "200", "-c", "0").exitCode == 0)
    let outcome = try run(
      "cat.jpg", "-o", "three.png", "--size", "200", "-c", "0", "-c", "1", "-c", "2")
    #expect(outcome.exitCode == 0 && outcome.lines.count == 3)
    let (one, three) = (try folder.picture("one.png"), try folder.picture("three.png"))
    #expect(three.width > 3 * 200 && three.width < 3 * one.width && three.height <= one.height)
  }

  @Test("every method answers", arguments: ["gradcam", "gradient", "occlusion"])
  func methods(method: String) throws {
    let options = method == "occlusion" ? ["--window", "80", "--stride", "70"] : []
    let outcome = try BuiltProgram.run(
      ["explain", "--quiet", "cat.jpg", "--jsonl", "--method", method, "-o", "x.png"] + options,
      in: folder.url)
    #expect(outcome.exitCode == 0)
    #expect(try objects(outcome.stdout)[0]["method"] as? String == method)
    #expect(try folder.picture("x.png").width > 800)
  }

  @Test("a picture can go to standard output, which then has nothing else")
  func standardOutput() throws {
    let outcome = try BuiltProgram.shell(
      """
      alexnet explain --quiet cat.jpg -o y.png > /dev/null &&
        alexnet explain --quiet cat.jpg -o /dev/stdout | cmp - y.png &&
        alexnet explain --quiet - -o z.png < cat.jpg > /dev/null && cmp y.png z.png
      """, in: folder.url)
    #expect(outcome.exitCode == 0)
  }

  @Test("a photo that cannot be read leaves no picture")
  func failure() throws {
    let outcome = try run("photos/b.jpg", "--output", "why.png", "--array", "why.npy")
    #expect(outcome.exitCode == 1 && outcome.stdout.isEmpty)
    #expect(outcome.stderr.hasPrefix("alexnet: photos/b.jpg: this is a text file"))
    #expect(try folder.names == ["cat.jpg", "photos"])
  }

  @Test(
    "wrong usage is one line that says what is wrong, and exit code 64",
    arguments: [
      ([], "Nothing to explain: name a file, a folder, or - for standard input."),
      (
        ["cat.jpg", "--class", "unicorn"],
        "the model 'starter' has no class 'unicorn'"
      ),
      (["cat.jpg", "--class", "1000"], "the model 'starter' has no class '1000'"),
      (
        ["cat.jpg", "--layer", "norm1"],
        "the network of the model 'starter' has no convolution or pooling 'norm1'"
      ),
      (
        ["cat.jpg", "--layer", "conv5", "--method", "gradient"],
        "--layer is for --method gradcam."
      ),
      (["cat.jpg", "--window", "8"], "--window and --stride are for --method occlusion."),
      (["cat.jpg", "--window", "0", "--method", "occlusion"], "--window must be at least 1."),
      (["cat.jpg", "--stride", "-1", "--method", "occlusion"], "--stride must be at least 1."),
      (
        ["cat.jpg", "--window", "228", "--method", "occlusion"],
        "--window and --stride must be at most 227, the height and width of the network's input"
      ),
      (["cat.jpg", "--size", "63"], "--size must be between 64 and 4096."),
      (["photos", "--array", "x.npy"], "--array is for one photo"),
      (
        ["cat.jpg", "-o", "/dev/stdout", "--json"],
        "the picture and the records cannot both go to standard output"
      ),
      (
        ["cat.jpg", "--json", "--jsonl"],
        "Results can have only one format, and these options ask for json and jsonl."
      ),
    ] as [([String], String)])
  func usage(arguments: [String], message: String) throws {
    let outcome = try BuiltProgram.run(["explain", "--quiet"] + arguments, in: folder.url)
    #expect(outcome.stdout.isEmpty)
    #expect(outcome.stderr.split(separator: "\n").first.map(String.init) == "alexnet: " + message)
    #expect(outcome.exitCode == 64)
  }

  @Test("an output that cannot be made is reported before anything else")
  func output() throws {
    let outcome = try run("nothing.jpg", "-o", "no/such/folder/why.png")
    #expect(outcome.exitCode == 73 && outcome.stdout.isEmpty)
    // A file where a folder is needed.
    #expect(try run("photos", "-o", "cat.jpg").exitCode == 73)
    #expect(try run("nothing.jpg").exitCode == 66)
  }
}
