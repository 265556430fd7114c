import Foundation
import Testing

/// `alexnet model compress` and `quantize`, on a network for pictures of 67 pixels.
@Suite struct ConversionTests {
  private let folder: TemporaryFolder
  private let environment: [String: String?]

  static let preprocessing =
    #"{"steps": [{"op": "squash", "width": 67, "height": 67, "antialias": true}], "#
    + #""channels": "RGB", "mean": [124, 117, 104], "scale": 0.015625}"#

  init() throws {
    folder = try TemporaryFolder()
    environment = ["ALEXNET_HOME": folder["home"].path, "ALEXNET_OFFLINE": "1"]
    try folder.write(Self.weights(), to: "full.safetensors")
    try folder.write(Data("cat\ncoffee\nrocket\n".utf8), to: "labels.txt")
    for (photo, place) in [("cat.jpg", "cat"), ("coffee.png", "coffee"), ("rocket.jpg", "cat")] {
      try folder.copy(photo, to: "data/\(place)/\(photo)")
    }
  }

  /// AlexNet of three classes in half precision, with seeded weights, none of them 0.
  static func weights() throws -> Data {
    let shapes: [(name: String, weight: [Int])] = [
      ("conv1", [96, 3, 11, 11]), ("conv2", [256, 96, 5, 5]), ("conv3", [384, 256, 3, 3]),
      ("conv4", [384, 384, 3, 3]), ("conv5", [256, 384, 3, 3]), ("fc6", [4096, 256]),
      ("fc7", [4096, 4096]), ("fc8", [3, 4096]),
    ]
    var header: [String: Any] = ["__metadata__": ["variant": "alexnet"]]
    var values: [UInt8] = []
    var state: UInt32 = 1
    for shape in shapes {
      for (suffix, dimensions) in [("weight", shape.weight), ("bias", [shape.weight[0]])] {
        let start = values.count
        for _ in 0..<dimensions.reduce(1, *) {
          state = state &* 1_664_525 &+ 1_013_904_223
          let bits = (state >> 16) & 0x8000 | 0x2000 + (state >> 16) & 0x7FF
          values.append(suffix == "bias" ? 0 : UInt8(truncatingIfNeeded: bits))
          values.append(suffix == "bias" ? 0 : UInt8(truncatingIfNeeded: bits >> 8))
        }
        header["\(shape.name).\(suffix)"] = [
          "dtype": "F16", "shape": dimensions, "data_offsets": [start, values.count],
        ]
      }
    }
    let json = try JSONSerialization.data(withJSONObject: header)
    let length = Data((0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) })
    return length + json + Data(values)
  }

  private var description: [String] {
    ["--labels", "labels.txt", "--preprocess", Self.preprocessing]
  }

  private func run(_ arguments: [String]) throws -> BuiltProgram.Outcome {
    try BuiltProgram.run(arguments, in: folder.url, environment: environment)
  }

  private func json(_ outcome: BuiltProgram.Outcome) throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.stdout.utf8)) as? [String: Any])
  }

  /// How many the model gets right, as `alexnet evaluate` counts them.
  private func correct(_ arguments: [String]) throws -> [Int?] {
    let report = try json(run(["evaluate", "--json", "--quiet", "data"] + arguments))
    return ["top1", "top5"].map { (report[$0] as? [String: Any])?["correct"] as? Int }
  }

  private func best(_ arguments: [String]) throws -> [String] {
    try run(["--quiet", "--top", "1", "--jsonl", "data"] + arguments).stdout
      .matches(of: /"rank": 1, "index": (\d+)/).map { String($0.1) }
  }

  /// Both models' figures and how often they agree are those that running them one by one gives.
  private func expectEvaluation(
    _ report: [String: Any], before: [String], after: [String]
  ) throws {
    let evaluation = try #require(report["evaluation"] as? [String: Any])
    for (when, arguments) in [("before", before), ("after", after)] {
      let found = ["top1", "top5"].map {
        ((evaluation[$0] as? [String: Any])?[when] as? [String: Any])?["correct"] as? Int
      }
      #expect(try found == correct(arguments))
    }
    let same = try zip(best(before), best(after)).count { $0 == $1 }
    #expect((evaluation["agreement"] as? [String: Any])?["same"] as? Int == same)
    #expect(evaluation["images"] as? Int == 3 && evaluation["failed"] as? Int == 0)
  }

  @Test("compressing prunes, warns of it, and reports what is left, for people and for scripts")
  func compress() throws {
    let outcome = try run(
      ["model", "compress", "full.safetensors", "--output", "small.safetensors"] + description)
    #expect(
      outcome.stderr
        == "alexnet: pruning fc6, fc7 and fc8 without training the model further usually costs "
        + "accuracy; --evaluate DIR measures how much\n")
    #expect(
      outcome.stdout.replacing(/[0-9.]+ MB\n/, with: "N MB\n") == """
        model       full
                     before    after
        size        43.2 MB   N MB
        fc6, not 0  100.00%    9.00%
        fc7, not 0  100.00%    9.00%
        fc8, not 0  100.00%   25.00%

        """)
    #expect(outcome.exitCode == 0)

    let evaluated = try run(
      [
        "model", "compress", "full.safetensors", "--name", "small", "--json", "--keep", "all=0.5",
        "--keep", "fc8=1", "--evaluate", "data", "--quiet",
      ] + description)
    #expect(evaluated.exitCode == 0 && evaluated.stderr.isEmpty)
    let report = try json(evaluated)
    #expect(report["model"] as? String == "full")
    let layers = try #require(report["layers"] as? [[String: Any]])
    #expect(layers.map { $0["name"] as? String } == ["fc6", "fc7", "fc8"])
    #expect(layers.map { $0["weights"] as? Int } == [1_048_576, 16_777_216, 12288])
    #expect(
      layers.map { ($0["nonzero"] as? [String: Any])?["after"] as? Int }
        == [524_288, 8_388_608, 12288])
    let size = try folder["home/models/small.safetensors"].resourceValues(forKeys: [.fileSizeKey])
    #expect((report["bytes"] as? [String: Any])?["after"] as? Int == size.fileSize)
    try expectEvaluation(
      report, before: ["--model", "full.safetensors"] + description, after: ["--model", "small"])
  }

  @Test("quantising reports its calibration, and compares fp32 with what computes in 8 bits")
  func quantize() throws {
    try folder.write(Data("no image".utf8), to: "data/cat/broken.jpg")
    let outcome = try run(
      [
        "model", "quantize", "full.safetensors", "--name", "small", "--calibrate", "data",
        "--evaluate", "data",
      ] + description)
    #expect(outcome.exitCode == 1)
    #expect(
      outcome.stderr == """
        alexnet: data/cat/broken.jpg: this is a text file, not a JPEG or PNG image; convert it to one of these
        alexnet: data/cat/broken.jpg: this is a text file, not a JPEG or PNG image; convert it to one of these
        alexnet: installed small; --model small uses it

        """)
    #expect(outcome.stdout.contains("calibrated       on 3 images, 1 could not be read\n"))
    #expect(outcome.stdout.contains("evaluated        on 3 images, 1 could not be read\n"))

    // Like every run over images, the calibration stops at the first failure if it is asked to.
    let fast = try run(
      [
        "model", "quantize", "full.safetensors", "--name", "fast", "--calibrate", "data",
        "--fail-fast",
      ] + description)
    #expect(fast.exitCode == 1 && fast.stdout.isEmpty)
    #expect(fast.stderr.hasPrefix("alexnet: data/cat/broken.jpg: "))
    #expect(!fast.stderr.contains("installed"))
    try FileManager.default.removeItem(at: folder["data/cat/broken.jpg"])

    let again = try run(
      [
        "model", "quantize", "full.safetensors", "--output", "int8.safetensors", "--calibrate",
        "data", "--evaluate", "data", "--json",
      ] + description)
    #expect(again.exitCode == 0)
    let report = try json(again)
    #expect((report["calibration"] as? [String: Any])?["images"] as? Int == 3)
    try expectEvaluation(
      report, before: ["--model", "full.safetensors"] + description,
      after: ["--model", "int8.safetensors", "--precision", "int8"])
  }

  @Test("how images are decoded is up to the options, in calibration and evaluation")
  func decoding() throws {
    // Half a photo, which is refused without the option.
    let photo = try Data(contentsOf: BuiltProgram.photos.appendingPathComponent("cat.jpg"))
    try folder.write(photo.prefix(photo.count / 2), to: "data/cat/half.jpg")
    let conversions = [["quantize", "--calibrate", "data"], ["compress"]]
    for (index, arguments) in conversions.enumerated() {
      let command =
        ["model", arguments[0], "full.safetensors", "--evaluate", "data", "--json", "--quiet"]
        + arguments.dropFirst() + description
      let strict = try run(command + ["--output", "strict\(index)"])
      let lenient = try run(command + ["--output", "lenient\(index)", "--allow-truncated"])
      for (outcome, failed) in [(strict, 1), (lenient, 0)] {
        #expect(outcome.exitCode == (failed == 0 ? 0 : 1))
        let report = try json(outcome)
        let evaluation = try #require(report["evaluation"] as? [String: Any])
        #expect(evaluation["failed"] as? Int == failed)
        guard let calibration = report["calibration"] as? [String: Any] else { continue }
        #expect(calibration["images"] as? Int == 4 - failed)
        #expect(calibration["failed"] as? Int == failed)
      }
    }
  }

  @Test("what cannot be done is said before the work, and leaves no file")
  func failures() throws {
    let model = ["model", "compress", "full.safetensors"]
    let cases: [(arguments: [String], exitCode: Int32, message: String)] = [
      (["model", "compress", "starter", "--output", "x"], 65, "in compact form already"),
      (
        ["model", "quantize", "starter", "--calibrate", "data", "--output", "x"], 65,
        "in 8 bits already"
      ),
      (["model", "compress", "nosuch", "--output", "x"], 69, "there is no model 'nosuch'"),
      (
        model + ["--output", "x", "--preprocess", Self.preprocessing], 65,
        "give a file of names with --labels"
      ),
      (model + ["--name", "starter"] + description, 64, "the name 'starter' is reserved"),
      (model + ["--output", "/nowhere/x"] + description, 73, "/nowhere/x"),
      (model + ["--output", "x", "--evaluate", "nowhere"] + description, 66, "nowhere"),
      (
        model + ["--output", "x", "--evaluate", "home"] + description, 66,
        "cannot read home: No such file"
      ),
      (
        ["model", "quantize", "full.safetensors", "--calibrate", "nowhere", "--output", "x"]
          + description, 66, "there is no image to calibrate on"
      ),
      (
        model + ["--output", "x", "--metadata", "labels.txt"] + description, 65, "not a JSON object"
      ),
    ]
    for (arguments, exitCode, message) in cases {
      let outcome = try run(arguments)
      #expect(outcome.exitCode == exitCode && outcome.stdout.isEmpty, "\(arguments)")
      #expect(outcome.stderr.contains(message), "\(arguments): \(outcome.stderr)")
    }
    #expect(try folder.names == ["data", "full.safetensors", "labels.txt"])
  }

  @Test("a file that is written to standard output has the report beside it, on standard error")
  func standardOutput() throws {
    let outcome = try BuiltProgram.shell(
      """
      alexnet model compress full.safetensors --output /dev/stdout --labels labels.txt \
        --preprocess "$PREPROCESS" >piped
      alexnet --quiet --model piped data --jsonl
      """, in: folder.url, environment: ["PREPROCESS": Self.preprocessing])
    #expect(outcome.lines.count == 3 && outcome.exitCode == 0)
    #expect(outcome.stderr.contains("alexnet: fc6, not 0  100.00%    9.00%\n"))
  }

  @Test(
    "SIGINT and SIGTERM leave no file, and 130 or 143",
    arguments: [("INT", Int32(130)), ("TERM", Int32(143))])
  func signals(name: String, exitCode: Int32) throws {
    // Enough images to keep both busy until the signal comes.
    let outcome = try BuiltProgram.shell(
      """
      set -m
      mkdir -p many/cat; for i in $(seq 1000); do ln -s "$PHOTO" many/cat/$i.jpg; done
      options=(full.safetensors --labels labels.txt --preprocess "$PREPROCESS" --evaluate many)
      "$ALEXNET" model compress "${options[@]}" --output file & first=$!
      "$ALEXNET" model quantize "${options[@]}" --calibrate many --images 1000 --name model &
      second=$!
      unfinished() { test "$(ls -A . "$ALEXNET_HOME/models" | grep -c 'alexnet-.*tmp')" = 2; }
      for i in $(seq 100); do unfinished && echo started && break; sleep 0.1; done
      kill -\(name) $first $second
      wait $first; echo $?; wait $second; echo $?
      """, in: folder.url,
      environment: environment.merging([
        "PHOTO": BuiltProgram.photos.appendingPathComponent("cat.jpg").path,
        "PREPROCESS": Self.preprocessing,
      ]) { $1 })
    #expect(outcome.stdout == "started\n\(exitCode)\n\(exitCode)\n")
    #expect(try folder.names == ["data", "full.safetensors", "home", "labels.txt", "many"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder["home/models"].path) == [])
  }
}
