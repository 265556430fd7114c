import Foundation
import Testing

/// `--max-memory`: what large pictures take together. Peaks are read from Linux's `/proc`.
@Suite(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/status")), .withoutSanitizer)
struct MemoryTests {
  private static let side = 6000
  private static let hugeSize = 100 << 20
  private let folder: TemporaryFolder

  /// Four pictures that take 108 MB each when they are decoded, and 4.5 MB in their files, and four
  /// small pictures in files of 100 MB, of which almost all is a hole after the picture.
  init() throws {
    folder = try TemporaryFolder()
    for index in 0..<4 {
      let file = try FileHandle(forUpdating: folder.copy("cat.jpg", to: "huge/\(index).jpg"))
      try file.truncate(atOffset: UInt64(Self.hugeSize))
      try file.close()
    }
    let png = Self.blackPNG(side: Self.side)
    for index in 0..<4 { try folder.write(png, to: "large/\(index).png") }
  }

  /// A black picture of one bit a pixel, not compressed.
  private static func blackPNG(side: Int) -> Data {
    let rows = [UInt8](repeating: 0, count: side * (1 + (side + 7) / 8))
    func bytes(_ value: UInt32) -> [UInt8] {
      (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
    }
    // The table of the checksum that PNG's chunks end with (CRC-32).
    var table: [UInt32] = []
    for index in 0..<256 as Range<UInt32> {
      var value = index
      for _ in 0..<8 {
        let shifted = value >> 1
        value = value & 1 == 1 ? 0xEDB8_8320 ^ shifted : shifted
      }
      table.append(value)
    }
    func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
      let body = Array(type.utf8) + content
      var check: UInt32 = 0xFFFF_FFFF
      for byte in body {
        let index = Int((check ^ UInt32(byte)) & 0xFF)
        check = table[index] ^ (check >> 8)
      }
      return bytes(UInt32(content.count)) + body + bytes(~check)
    }
    var deflated: [UInt8] = [0x78, 0x01]
    for start in stride(from: 0, to: rows.count, by: 65535) {
      let count = min(65535, rows.count - start)
      let low = [UInt8(count & 0xFF), UInt8(count >> 8)]
      deflated += [start + count == rows.count ? 1 : 0] + low + low.map { ~$0 }
      deflated += rows[start..<start + count]
    }
    // Adler-32 of zeros: the first sum stays 1, the second counts the bytes.
    deflated += bytes(UInt32(rows.count % 65521) << 16 | 1)
    let size = bytes(UInt32(side)) + bytes(UInt32(side))
    var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    file += chunk("IHDR", size + [1, 0, 0, 0, 0])
    file += chunk("IDAT", deflated)
    file += chunk("IEND", [])
    return Data(file)
  }

  /// The most memory that a run of four threads has at one time, in bytes.
  private func peak(_ arguments: String, records: Int = 4) throws -> Int {
    let outcome = try BuiltProgram.shell(
      """
      "$ALEXNET" --jsonl --quiet --threads 4 --batch-size 1 \(arguments) >records & run=$!
      while line=$(grep VmHWM /proc/$run/status 2>/dev/null); do peak=$line; sleep 0.01; done
      wait $run || echo "ended with $?" >&2
      echo "$peak"
      """, in: folder.url)
    #expect(outcome.stderr.isEmpty)
    #expect(try folder.text("records").split(separator: "\n").count == records)
    let match = try #require(outcome.stdout.firstMatch(of: /VmHWM:\s*(\d+) kB/))
    return try #require(Int(match.1)) * 1024
  }

  @Test("large pictures wait for each other, so that all together stay within --max-memory")
  func budget() throws {
    let network = try networkPeak()
    let limited = try peak("--max-memory 150M large")
    #expect(limited - network < 150 << 20)
    // One picture is decoded as a whole: the measure is not blind.
    #expect(limited - network > 50 << 20)
  }

  @Test(
    "under a limit of the process, a picture that is too large fails, and the others do not",
    arguments: [(9000, 700_000, 2), (12000, 500_000, 1), (12000, 500_000, 8)])
  func processLimit(side: Int, kilobytes: Int, threads: Int) throws {
    try folder.write(Self.blackPNG(side: side), to: "large.png")
    let photo = BuiltProgram.photos.appending(path: "cat.jpg").path
    let outcome = try BuiltProgram.shell(
      """
      ulimit -v \(kilobytes)
      alexnet -j\(threads) '\(photo)' large.png '\(photo)' -o out.jsonl; echo $?; cat out.jsonl
      """, in: folder.url)
    #expect(outcome.lines.first == "1")
    #expect(outcome.lines.count == 4)
    #expect(outcome.lines.count { $0.contains("predictions") } == 2)
    #expect(outcome.lines.contains { $0.contains("limit_exceeded") })
    #expect(try folder.names == ["huge", "large", "large.png", "out.jsonl"])
  }

  @Test("where there is no memory for the network, the program says so")
  func outOfMemory() throws {
    let photo = BuiltProgram.photos.appending(path: "cat.jpg").path
    let outcome = try BuiltProgram.shell(
      """
      for limit in $(seq 50000 10000 200000); do
        (ulimit -v $limit; alexnet '\(photo)' --precision fp32 -o out.json 2>message)
        echo "$? $(tr '\\n' ' ' <message)"
        rm -f out.json
      done
      find . -name '.alexnet-*'
      """, in: folder.url)
    #expect(!outcome.stdout.contains(".alexnet-"))
    // Where memory is missing for something else than the network, the program cannot say so.
    let failures = outcome.lines.filter { $0.hasPrefix("71 ") }
    #expect(!failures.isEmpty && outcome.lines.last?.hasPrefix("0 ") == true)
    #expect(failures.allSatisfy { $0.contains("there is no memory left") && $0.contains("ulimit") })
  }

  private func networkPeak() throws -> Int {
    let photo = BuiltProgram.photos.path + "/cat.jpg"
    // So many that each thread runs the network, also where others have the processors.
    let count = 64
    return try peak(
      Array(repeating: "'\(photo)'", count: count).joined(separator: " "), records: count)
  }

  @Test("large files are read one at a time, and count as memory that images take")
  func largeFiles() throws {
    let network = try networkPeak()
    let large = try peak("huge") - network
    // One file is read as a whole, if before the network takes its memory: the measure is not
    // blind.
    #expect(large > Self.hugeSize / 2)
    #expect(large < Self.hugeSize * 3 / 2)
    let mixed = (0..<4).map { "huge/\($0).jpg large/\($0).png" }.joined(separator: " ")
    let limited = try peak("--max-memory 150M \(mixed)", records: 8) - network
    #expect(limited < 150 << 20)
    let input = try BuiltProgram.shell(
      """
      cat huge/0.jpg | alexnet --jsonl --quiet --max-memory 150M -
      alexnet --jsonl --quiet --max-memory 64M - <huge/0.jpg
      """, in: folder.url)
    #expect(input.exitCode == 1 && input.lines.count == 2)
    #expect(input.lines.first?.contains(#""width": 451"#) == true)
    #expect(input.lines.last?.contains("larger than the 64 MB of memory") == true)
  }

  @Test("a picture that takes more than the whole budget is a failure, and the others go on")
  func tooLarge() throws {
    try folder.copy("cat.jpg", to: "large/small.jpg")
    let outcome = try BuiltProgram.run(
      "--format", "csv", "--top", "1", "--quiet", "--max-memory", "64m", "large", in: folder.url)
    #expect(outcome.exitCode == 1 && outcome.lines.count == 6)
    #expect(outcome.lines.count { $0.contains(",limit_exceeded,\"decoding the image takes") } == 4)
    #expect(outcome.lines.last?.contains("large/small.jpg,,451,300,") == true)
  }
}
