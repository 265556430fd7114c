import Foundation
import Testing

/// Hostile files are refused in little time and memory: in a second and 300 MB of a release build.
@Suite(.withoutSanitizer) struct LimitTests {
  private static let mostMemory = 300 << 20
  #if DEBUG
    // Unoptimised code is several times slower.
    private static let mostSeconds = 8.0
  #else
    private static let mostSeconds = 1.0
  #endif

  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// Runs the program, and checks what it took.
  private func run(
    _ arguments: [String], input: String? = nil, _ comment: String = ""
  ) throws -> MeasuredRun {
    let run = try MeasuredRun(arguments, in: folder, input: input)
    #expect(run.seconds < Self.mostSeconds, "\(comment) took \(run.seconds) s")
    #expect(run.peak < Self.mostMemory, "\(comment) took \(run.peak >> 20) MB")
    return run
  }

  /// The error's code in the record of an image; nil where it was classified.
  private func code(_ image: Data, _ arguments: String...) throws -> String? {
    try folder.write(image, to: "image.jpg")
    let run = try run(["image.jpg", "--jsonl", "-q", "--top", "1"] + arguments, "an image")
    let match = run.stdout.firstMatch(of: /"error": \{"code": "(\w+)"/)
    #expect(run.exitCode == (match == nil ? 0 : 1))
    return match.map { String($0.1) }
  }

  @Test("sizes in the headers of images are judged before memory is taken")
  func hugeHeaders() throws {
    #expect(try code(HostileFiles.png(width: 60000, height: 60000)) == "limit_exceeded")
    #expect(try code(HostileFiles.jpeg(width: 60000, height: 60000)) == "limit_exceeded")
    // Below the limit on pixels, but more than these few bytes can hold.
    #expect(try code(HostileFiles.png(width: 13000, height: 13000)) == "truncated")
    #expect(try code(HostileFiles.jpeg(width: 13000, height: 13000)) == "truncated")
  }

  @Test("a progressive JPEG with thousands of scans is refused, damaged ones accepted or not")
  func manyScans() throws {
    let file = HostileFiles.progressiveJPEG(side: 2048)
    #expect(file.count < 1 << 20)
    #expect(try code(file) == "limit_exceeded")
    #expect(try code(file, "--allow-damaged") == "limit_exceeded")
    #expect(try code(file, "--timeout", "0.01") == "timeout")
  }

  @Test("a worker whose image took too long goes on with the next ones")
  func timeouts() throws {
    let slow = HostileFiles.progressiveJPEG(side: 2048)
    for name in ["1.jpg", "3.jpg"] { try folder.write(slow, to: name) }
    for name in ["2.jpg", "4.jpg"] { try folder.copy("cat.jpg", to: name) }
    let images = ["1.jpg", "2.jpg", "3.jpg", "4.jpg"]
    // On a slow or busy machine, the usual photo takes longer than the first limits, too.
    let outcomes = try ["0.01", "0.03", "0.1", "0.3"].map { limit in
      try run(images + ["--jsonl", "-q", "-j1", "--timeout", limit], limit).stdout
        .split(separator: "\n").map { line in
          if line.contains("Egyptian cat") { return "cat" }
          return line.contains(#""code": "timeout""#) ? "timeout" : "other"
        }
    }
    #expect(outcomes.allSatisfy { $0.count == images.count })
    #expect(outcomes.contains(["timeout", "cat", "timeout", "cat"]), "\(outcomes)")
  }

  @Test("EXIF data that leads back to itself is read once")
  func loopingEXIF() throws {
    let photo = try Data(contentsOf: BuiltProgram.photos.appendingPathComponent("cat.jpg"))
    #expect(try code(HostileFiles.loopingEXIF(photo)) == nil)
  }

  /// Expects that a weight file is refused.
  private func refuse(_ name: String, _ weights: Data, _ comment: String) throws {
    try folder.write(weights, to: name)
    try folder.copy("cat.jpg", to: "cat.jpg")
    let run = try run(["cat.jpg", "-q", "--model", name], comment)
    #expect(run.exitCode == 65, "\(comment): \(run.stderr)")
    #expect(run.stderr.contains(name), "\(comment): \(run.stderr)")
  }

  @Test("safetensors: a header of 2^60 bytes, one tensor under many names, nested JSON")
  func safetensors() throws {
    func refuse(_ weights: Data, _ comment: String) throws {
      try self.refuse("x.safetensors", weights, comment)
    }
    try refuse(HostileFiles.safetensors(header: "{}", length: 1 << 60), "a long header")
    try refuse(HostileFiles.safetensors(header: "{}", length: -1), "a negative length")
    try refuse(HostileFiles.manyNames(1_000_000), "many names")
    let ones = "{\"a\":{\"dtype\":\"F32\",\"shape\":[" + String(repeating: "1,", count: 10_000_000)
    try refuse(
      HostileFiles.safetensors(header: ones + "1],\"data_offsets\":[0,4]}}", data: 4),
      "many dimensions")
    let tensor = "\"a.mask\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}"
    let entry = "[" + String(repeating: "1,", count: 10_000_000) + "1]"
    try refuse(
      HostileFiles.safetensors(
        header: "{\"__metadata__\":{\"alexnet\":\"1\",\"sparse\":\"\(entry)\"},\(tensor)}", data: 4),
      "a long entry of metadata")
    try refuse(HostileFiles.longNames(1000), "long names")
    for (open, count) in [("[", 1 << 20), ("{\"a\":", 1 << 18)] {
      let nested = "{\"a\":" + String(repeating: open, count: count)
      try refuse(HostileFiles.safetensors(header: nested), "nested JSON")
    }
    let shape = "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4611686018427387904],"
    try refuse(
      HostileFiles.safetensors(header: shape + "\"data_offsets\":[0,4]}}", data: 4), "a shape")
  }

  @Test("pickles that grow when they are walked, or claim what they do not have")
  func pickles() throws {
    for (comment, object) in [
      ("nested tuples", HostileFiles.nestedTuples), ("a lying text", HostileFiles.lyingText),
      ("a far memo", HostileFiles.farMemo), ("deep lists", HostileFiles.deepLists),
      ("chained calls", HostileFiles.chainedCalls),
    ] {
      try refuse("x.pth", HostileFiles.torch(object), comment)
    }
  }

  @Test("a ZIP archive whose member grows a thousandfold, with its size or a wrong one")
  func zipBomb() throws {
    let made = try BuiltProgram.shell(
      "head -c 400000000 /dev/zero | gzip -n > zeros.gz", in: folder.url)
    try #require(made.exitCode == 0)
    let zeros = try Data(contentsOf: folder["zeros.gz"])
    for size in [400_000_000, 100, 0xFFFF_FFFE] {
      try refuse(
        "x.npz", HostileFiles.zip("conv1.npy", gzip: zeros, size: size), "an array of \(size)")
      try refuse(
        "x.pth", HostileFiles.zip("archive/data.pkl", gzip: zeros, size: size),
        "a pickle of \(size)")
    }
  }

  @Test("Protocol Buffers whose lengths lie or whose messages are nested")
  func protobuf() throws {
    for name in ["x.caffemodel", "x.onnx"] {
      for field in [1, 2, 7, 14, 15] as [UInt8] {
        try refuse(name, HostileFiles.protobuf(field: field), "\(name), field \(field)")
      }
    }
    try refuse(
      "x.onnx", HostileFiles.nestedProtobuf(field: 7, depth: 2000), "nested messages")
  }

  @Test("NumPy arrays whose shape overflows or is negative")
  func numpy() throws {
    for shape in [
      "(4611686018427387904, 4)", "(9223372036854775807, 9223372036854775807)", "(-1, 4)",
      "(99999999999999999999,)", "(1000000, 1000000)",
    ] {
      try refuse("x.npy", HostileFiles.npy(shape: shape), shape)
    }
  }

  @Test("gzip data that grows a thousandfold ends early, and in little memory")
  func gzipBomb() throws {
    // A text file of 4 GB, of which 400 MB are there.
    let made = try BuiltProgram.shell(
      """
      truncate -s 4000000000 notes.txt
      tar -cf - notes.txt | head -c 400000000 | gzip > bomb; rm notes.txt
      """, in: folder.url)
    try #require(made.exitCode == 0)
    let run = try run(["-", "--jsonl", "-q"], input: "bomb", "a gzip bomb")
    #expect(run.exitCode == 1 && run.stdout.contains("limit_exceeded"))
    #expect(run.stdout.contains("grows to more than 200 times"))
  }
}
