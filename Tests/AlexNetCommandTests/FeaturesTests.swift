import Foundation
import Testing

/// `alexnet features`. That the values are right is tested where networks are: here it is that they
/// reach the files, in their rows.
@Suite struct FeaturesTests {
  private let folder: TemporaryFolder

  /// Three photos and a file that is none, in the middle.
  init() throws {
    folder = try TemporaryFolder()
    try folder.copy("cat.jpg", to: "photos/a.jpg")
    try folder.write(Data("some text".utf8), to: "photos/b.jpg")
    try folder.copy("coffee.png", to: "photos/c.png")
    try folder.copy("rocket.jpg", to: "photos/d.jpg")
  }

  private func run(_ arguments: String...) throws -> BuiltProgram.Outcome {
    try BuiltProgram.run(["features", "--quiet"] + arguments, in: folder.url)
  }

  /// The rows of a `.npy` file as NumPy's format.py describes it: version 1.0, `<f4`, C order.
  private func rows(_ name: String) throws -> [[Float]] {
    let data = try Data(contentsOf: folder[name])
    #expect(Array(data.prefix(10)) == [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0])
    let header = String(decoding: data[10..<128], as: UTF8.self)
    let match = try #require(
      header.wholeMatch(
        of: /\{'descr': '<f4', 'fortran_order': False, 'shape': \((\d+), (\d+)\), \} *\n/))
    let (rows, columns) = (try #require(Int(match.1)), try #require(Int(match.2)))
    return try values(data.dropFirst(128), rows, columns)
  }

  private func values(_ data: Data, _ rows: Int, _ columns: Int) throws -> [[Float]] {
    let bytes = Array(data)
    try #require(bytes.count == rows * columns * 4)
    return (0..<rows).map { row in
      (0..<columns).map { column in
        let start = (row * columns + column) * 4
        let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1)) }
        return Float(bitPattern: bits)
      }
    }
  }

  private func isClose(_ left: [Float], _ right: [Float]) -> Bool {
    let largest = right.map(abs).max() ?? 0
    return left.count == right.count
      && zip(left, right).allSatisfy { abs($0 - $1) <= 1e-4 * largest }
  }

  @Test("an input that fails has a row of NaN, and no row shifts")
  func numpy() throws {
    let outcome = try run("photos", "-o", "f.npy")
    #expect(outcome.exitCode == 1 && outcome.stdout.isEmpty)
    #expect(try folder.names == ["f.npy", "f.npy.jsonl", "photos"])
    let rows = try rows("f.npy")
    #expect(rows.map(\.count) == [4096, 4096, 4096, 4096])
    #expect(rows[1].allSatisfy { $0.isNaN })
    for row in [rows[0], rows[2], rows[3]] {
      #expect(row.allSatisfy { $0 >= 0 && $0.isFinite } && row.contains { $0 > 0 })
    }
    let records = try objects(folder.text("f.npy.jsonl"))
    #expect(records.map { $0["row"] as? Int } == [0, 1, 2, 3])
    #expect(
      records.map { $0["path"] as? String }
        == ["photos/a.jpg", "photos/b.jpg", "photos/c.png", "photos/d.jpg"])
    #expect(records[0]["layer"] as? String == "fc7" && records[0]["model"] as? String == "starter")
    #expect(records[0]["width"] as? Int == 451 && records[0]["height"] as? Int == 300)
    #expect((records[1]["error"] as? [String: Any])?["code"] as? String == "unsupported_format")
    // A row is that of its own photo.
    #expect(try run("photos/c.png", "-o", "c.npy").exitCode == 0)
    #expect(isClose(try self.rows("c.npy")[0], rows[2]))
  }

  @Test("every format carries the same values")
  func formats() throws {
    for name in ["f.npy", "f.safetensors", "f.jsonl", "f.csv"] {
      let outcome = try run("-j", "1", "photos", "--layer", "pool3", "-o", name)
      #expect(outcome.exitCode == 1 && outcome.stdout.isEmpty)
    }
    let expected = try rows("f.npy")
    #expect(expected.count == 4 && expected[0].count == 9216)

    let lines = try objects(folder.text("f.jsonl"))
    #expect(try run("-j", "1", "photos", "--layer", "pool3").stdout == folder.text("f.jsonl"))
    let table = try folder.text("f.csv").split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    #expect(
      table[0].prefix(9) == [
        "path", "path_base64", "width", "height", "model", "layer", "error_code", "error_message",
        "feature_0",
      ])
    #expect(table[0].count == 8 + 9216 && table[0].last == "feature_9215")

    let data = try Data(contentsOf: folder["f.safetensors"])
    let length = (0..<8).reduce(0) { $0 | Int(data[$1]) << (8 * $1) }
    let header = try #require(
      try JSONSerialization.jsonObject(with: data[8..<8 + length]) as? [String: [String: Any]])
    #expect((8 + length) % 64 == 0)
    let metadata = try #require(header["__metadata__"] as? [String: String])
    #expect(
      metadata == [
        "model": "starter", "layer": "pool3", "shape": "[256, 6, 6]", "normalized": "false",
      ])
    #expect(header["features"]?["dtype"] as? String == "F32")
    #expect(header["features"]?["shape"] as? [Int] == [4, 9216])
    let end = 4 * 9216 * 4
    #expect(header["features"]?["data_offsets"] as? [Int] == [0, end])
    let records = data.dropFirst(8 + length + end)
    #expect(header["records"]?["dtype"] as? String == "U8")
    #expect(header["records"]?["shape"] as? [Int] == [records.count])
    #expect(header["records"]?["data_offsets"] as? [Int] == [end, end + records.count])
    #expect(String(decoding: records, as: UTF8.self) == (try folder.text("f.npy.jsonl")))
    let stored = try values(data.dropFirst(8 + length).prefix(end), 4, 9216)

    for row in 0..<4 where row != 1 {
      let numbers = try #require(lines[row]["features"] as? [Double])
      #expect(isClose(numbers.map(Float.init), expected[row]))
      #expect(isClose(table[row + 1].dropFirst(8).compactMap { Float($0) }, expected[row]))
      #expect(isClose(stored[row], expected[row]))
    }
    #expect(lines[1]["features"] == nil && lines[1]["error"] != nil)
    #expect(stored[1].allSatisfy { $0.isNaN })
  }

  @Test("--normalize gives vectors of length 1, in the same direction")
  func normalize() throws {
    _ = try run("-j", "1", "photos", "-o", "f.npy")
    _ = try run("-j", "1", "photos", "--normalize", "-o", "n.npy")
    let (plain, unit) = (try rows("f.npy"), try rows("n.npy"))
    for row in [0, 2, 3] {
      let length = plain[row].reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      #expect(abs(unit[row].reduce(0) { $0 + Double($1) * Double($1) } - 1) < 1e-5)
      #expect(isClose(unit[row], plain[row].map { Float(Double($0) / length) }))
    }
    #expect(unit[1].allSatisfy { $0.isNaN })
  }

  @Test("every layer can be asked for; the last gives values below 0, too")
  func layers() throws {
    for (layer, count) in [
      ("conv1", 96 * 55 * 55), ("norm1", 96 * 27 * 27), ("conv5", 256 * 13 * 13), ("fc6", 4096),
    ] {
      #expect(try run("photos/a.jpg", "--layer", layer, "-o", "f.npy").exitCode == 0)
      let row = try rows("f.npy")[0]
      #expect(row.count == count && row.allSatisfy { $0 >= 0 })
    }
    _ = try run("photos/a.jpg", "--layer", "fc8", "-o", "f.npy")
    let logits = try rows("f.npy")[0]
    #expect(logits.count == 1000 && logits.contains { $0 < 0 })
  }

  @Test("8 bits and bfloat16 point in the direction of 32 bits", arguments: ["int8", "bf16"])
  func precisions(name: String) throws {
    for layer in ["fc7", "pool3"] {
      _ = try run("photos/a.jpg", "photos/c.png", "--layer", layer, "--normalize", "-o", "f.npy")
      _ = try run(
        "photos/a.jpg", "photos/c.png", "--layer", layer, "--normalize", "--precision", name,
        "-o", "p.npy")
      for (left, right) in zip(try rows("f.npy"), try rows("p.npy")) {
        let cosine = zip(left, right).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        #expect(cosine > 0.98, "\(name) \(layer) \(cosine)")
      }
    }
  }

  @Test("names with line breaks, quotes and bytes that are not UTF-8 keep their rows")
  func hostileNames() throws {
    let outcome = try BuiltProgram.shell(
      """
      mkdir odd; cp photos/a.jpg $'odd/1\\n{"row": 7}.jpg'; cp photos/a.jpg $'odd/2\\xff.jpg'
      cp photos/a.jpg 'odd/3", "x.jpg'
      alexnet features --quiet odd --layer fc8 -o f.npy
      """, in: folder.url)
    #expect(outcome.exitCode == 0 && outcome.stderr.isEmpty)
    let records = try objects(folder.text("f.npy.jsonl"))
    #expect(records.map { $0["row"] as? Int } == [0, 1, 2])
    #expect(
      records.map { $0["path"] as? String }
        == ["odd/1\n{\"row\": 7}.jpg", "odd/2\u{FFFD}.jpg", "odd/3\", \"x.jpg"])
    let bytes = try #require(
      (records[1]["path_base64"] as? String).flatMap { Data(base64Encoded: $0) })
    #expect(Array(bytes) == Array("odd/2".utf8) + [0xFF] + Array(".jpg".utf8))
    #expect(try rows("f.npy").count == 3)
  }

  @Test("no files appear, and old ones stay, unless the run gets to its end")
  func failFast() throws {
    for name in ["f.npy", "f.npy.jsonl", "f.safetensors"] {
      try folder.write(Data("old".utf8), to: name)
    }
    for name in ["f.npy", "f.safetensors"] {
      #expect(try run("photos", "--fail-fast", "-o", name).exitCode == 1)
    }
    #expect(try folder.names == ["f.npy", "f.npy.jsonl", "f.safetensors", "photos"])
    for name in ["f.npy", "f.npy.jsonl", "f.safetensors"] {
      #expect(try folder.text(name) == "old")
    }
  }

  @Test("an output that cannot be created ends with 73, and one that cannot be rewritten with 64")
  func unwritable() throws {
    for name in ["/nowhere/at/all.npy", "/nowhere/at/all.safetensors", "/nowhere/all.csv"] {
      let outcome = try run("photos/a.jpg", "-o", name)
      #expect(outcome.exitCode == 73 && outcome.stderr.contains(name))
    }
    let pipe = try run("photos/a.jpg", "--format", "npy", "-o", "/dev/stdout")
    #expect(pipe.exitCode == 64 && pipe.stdout.isEmpty)
    #expect(pipe.stderr.contains("only jsonl and csv can go there"))
    #expect(try folder.names == ["photos"])
  }

  @Test(
    "wrong usage is said in one line",
    arguments: [
      ([], "Nothing to do: name a file, a folder, or - for standard input."),
      (
        ["x", "--layer", "fc9"], "the network of the model 'starter' has no layer 'fc9'"
      ),
      (
        ["x", "-o", "f.bin"],
        "The ending of 'f.bin' is no format: --format names one of jsonl, csv, npy, safetensors."
      ),
      (
        ["x", "--format", "npy"],
        "The formats npy and safetensors need --output: their beginning is written last."
      ),
      (["x", "-o", ""], "The name of the output file is empty."),
    ] as [([String], String)])
  func usage(arguments: [String], message: String) throws {
    let outcome = try BuiltProgram.run(["features", "--quiet"] + arguments, in: folder.url)
    #expect(outcome.exitCode == 64 && outcome.stdout.isEmpty)
    #expect(outcome.stderr.split(separator: "\n").first.map(String.init) == "alexnet: " + message)
  }

  @Test("a layer that is not there is answered with those that are")
  func knownLayers() throws {
    let outcome = try run("photos/a.jpg", "--layer", "pool5")
    #expect(
      outcome.stderr.hasSuffix(
        """
        alexnet: its layers are conv1, pool1, norm1, conv2, pool2, norm2, conv3, conv4, conv5, \
        pool3, fc6, fc7, fc8

        """))
  }

  @Test(
    "memory does not grow with the number of inputs",
    .enabled(if: FileManager.default.fileExists(atPath: "/proc/self/status")), .withoutSanitizer,
    arguments: ["npy", "safetensors"])
  func memory(format: String) throws {
    /// The most memory that a run has at one time, in bytes. A row is 1.2 MB.
    func peak(_ count: Int) throws -> Int {
      let outcome = try BuiltProgram.shell(
        """
        for i in $(seq \(count)); do echo photos/a.jpg; done >list
        "$ALEXNET" features --quiet -j 1 --batch-size 1 --layer conv1 --files-from list \
          -o f.\(format) & run=$!
        while line=$(grep VmHWM /proc/$run/status 2>/dev/null); do peak=$line; sleep 0.01; done
        wait $run || echo "ended with $?" >&2
        echo "$peak"
        """, in: folder.url)
      #expect(outcome.stderr.isEmpty)
      let match = try #require(outcome.stdout.firstMatch(of: /VmHWM:\s*(\d+) kB/))
      return try #require(Int(match.1)) * 1024
    }
    let few = try peak(10)
    let many = try peak(110)
    #expect(many - few < 20 << 20)
    let size = try folder["f.\(format)"].resourceValues(forKeys: [.fileSizeKey]).fileSize
    #expect(try #require(size) > 110 * 96 * 55 * 55 * 4)
  }
}
