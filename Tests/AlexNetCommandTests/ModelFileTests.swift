import Foundation
import Testing

/// Which weight files `model import` accepts, and which it refuses.
@Suite struct ModelFileTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(Self.zeros(), to: "zeros.safetensors")
    try folder.write(
      Self.zeros(metadata: ["preprocessing": "no { JSON"]), to: "garbage.safetensors")
  }

  /// AlexNet of few classes in half precision, every weight 0.
  static func zeros(metadata: [String: String] = [:]) throws -> Data {
    let shapes: [(name: String, weight: [Int])] = [
      ("conv1", [96, 3, 11, 11]), ("conv2", [256, 96, 5, 5]), ("conv3", [384, 256, 3, 3]),
      ("conv4", [384, 384, 3, 3]), ("conv5", [256, 384, 3, 3]), ("fc6", [4096, 9216]),
      ("fc7", [4096, 4096]), ("fc8", [2, 4096]),
    ]
    var metadata = metadata
    metadata["variant"] = "alexnet"
    metadata["classes"] = #"["cat", "dog"]"#
    var header: [String: Any] = ["__metadata__": metadata]
    var offset = 0
    for shape in shapes {
      for (suffix, dimensions) in [("weight", shape.weight), ("bias", [shape.weight[0]])] {
        let end = offset + 2 * dimensions.reduce(1, *)
        header["\(shape.name).\(suffix)"] = [
          "dtype": "F16", "shape": dimensions, "data_offsets": [offset, end],
        ]
        offset = end
      }
    }
    let json = try JSONSerialization.data(withJSONObject: header)
    let length = Data((0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) })
    return length + json + Data(count: offset)
  }

  private func classify(_ model: String) throws -> BuiltProgram.Outcome {
    try BuiltProgram.run("--model", folder[model].path, "cat.jpg", "--jsonl")
  }

  @Test("a model that does not describe its preprocessing gets a note, and nothing with --quiet")
  func assumedPreprocessing() throws {
    let outcome = try classify("zeros.safetensors")
    #expect(outcome.exitCode == 0)
    #expect(outcome.stderr.contains("does not describe its preprocessing"))
    #expect(outcome.stderr.contains("usual for alexnet (--preprocess sets it"))
    // In another precision it is another network, whose pictures are assumed as well.
    for precision in ["bf16", "auto"] {
      let again = try BuiltProgram.run(
        "--model", folder["zeros.safetensors"].path, "cat.jpg", "--jsonl", "--precision", precision)
      #expect(again.exitCode == 0 && again.stderr == outcome.stderr)
    }
    let told = try BuiltProgram.run(
      "--model", folder["zeros.safetensors"].path, "--preprocess", "alexnet", "cat.jpg", "--jsonl")
    #expect(told.stderr.isEmpty)
  }

  @Test("a preprocessing entry that is not JSON is an error that says so")
  func garbagePreprocessing() throws {
    let outcome = try classify("garbage.safetensors")
    #expect(outcome.exitCode == 65)
    #expect(
      outcome.stderr.contains(
        "its metadata entry 'preprocessing' cannot be used: it is not JSON: "))
  }

  @Test(
    "what is no weight file is said to be none, with the formats that there are",
    arguments: [
      Data("just some text, of no use as a model\n".utf8), Data("\n: text\n".utf8),
      Data([0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
      Data([0x50, 0x4B, 5, 6] + [UInt8](repeating: 0, count: 18)),
    ])
  func noModel(data: Data) throws {
    try folder.write(data, to: "x.safetensors")
    let outcome = try classify("x.safetensors")
    #expect(outcome.exitCode == 65)
    #expect(
      outcome.stderr.contains(
        "it is no weight file of a known format; known are safetensors, Caffe, ONNX, PyTorch"))
  }

  @Test(
    "models are written to devices and FIFOs, and never put in their place",
    .withoutThreadSanitizer)
  func specialOutputs() throws {
    let outcome = try BuiltProgram.shell(
      """
      mkfifo pipe; wc -c <pipe >size &
      alexnet model compress zeros.safetensors --output pipe >/dev/null 2>&1; echo $?; wait
      test -p pipe && test "$(cat size)" -gt 1000 && echo kept
      ln -s /dev/null null; alexnet model compress zeros.safetensors --output null >/dev/null 2>&1
      echo $?; test -c null && echo kept
      alexnet model compress zeros.safetensors --output /nowhere/x 2>/dev/null; echo $?
      ulimit -f 8; alexnet model compress zeros.safetensors --output small 2>/dev/null; echo $?
      """, in: folder.url)
    #expect(outcome.stdout == "0\nkept\n0\nkept\n73\n74\n")
    #expect(
      try folder.names.filter { $0 != "size" }
        == ["garbage.safetensors", "null", "pipe", "zeros.safetensors"])
  }

  @Test(
    "a full disk ends with 74", .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func fullDisk() throws {
    // A link, lest a mistake replaces the device.
    let outcome = try BuiltProgram.shell(
      "ln -s /dev/full full; alexnet model compress zeros.safetensors --quiet --output full",
      in: folder.url)
    #expect(outcome.exitCode == 74)
    #expect(outcome.stderr.hasPrefix("alexnet: cannot write full: "))
  }
}
