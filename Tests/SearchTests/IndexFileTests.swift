import Images
import JSON
import Kernels
import Search
import System
import Testing
import Threads

/// What is written is read again, and nothing else is read.
@Suite struct IndexFileTests {
  @Test(
    "an index gives back what was put in",
    arguments: [FeatureRows.Element.int8, .float16], [false, true])
  func roundTrip(element: FeatureRows.Element, sketches: Bool) throws {
    var data = SyntheticPhotos(count: 90, length: 64)
    data.photos[3].path = RawPath([0x66, 0xFF, 0x0A, 0x2E])
    let settings = sketches ? SyntheticPhotos.smallSketches : SketchSettings()
    let index = try data.index(element, settings: settings)
    #expect(index.description == SyntheticPhotos.description)
    #expect(index.count == 90 && index.rows.length == 64)
    #expect((0..<90).map { index.photo($0) } == data.photos)
    #expect((0..<90).map { index.path($0) } == data.photos.map(\.path))
    for row in [0, 41, 89] {
      let stored = index.rows.row(row).unitValues.map(Double.init)
      let cosine = Reference.cosine(stored, data.features[row].map(Double.init))
      // A step of bytes is 1/127 of the largest of 64 values, one of float16 2^-11 of each.
      #expect(cosine > (element == .int8 ? 0.9999 : 0.9999999))
    }
  }

  @Test(
    "an index of no photos is an index", arguments: [FeatureRows.Element.int8, .float16], 0..<4)
  func empty(element: FeatureRows.Element, nameLength: Int) throws {
    // Descriptions that end at every remainder of 4.
    var description = SyntheticPhotos.description
    description.model += String(repeating: "x", count: nameLength)
    let builder = try IndexBuilder(
      description, element: element, length: 8, spoolBeside: nil,
      pool: WorkerPool(threads: 1))
    let index = try openIndex(builder.bytes())
    #expect(index.count == 0)
    let search = NeighbourSearch(index, pool: WorkerPool(threads: 1))
    #expect(search.neighbours(of: search.query([Float](repeating: 1, count: 8)), count: 3).isEmpty)
  }

  @Test("a file that ends early at any byte is refused, and so is one with bytes behind its end")
  func truncated() throws {
    let bytes = try SyntheticPhotos(count: 70, length: 40).indexBytes(
      .int8, settings: SyntheticPhotos.smallSketches)
    for count in Array(0..<200) + Array(stride(from: 200, to: bytes.count, by: 61)) {
      #expect(throws: IndexError.self) {
        try openIndex(Array(bytes[..<count]))
      }
    }
    #expect(throws: IndexError.damaged(path: "x", problem: "1 bytes follow its end")) {
      try openIndex(bytes + [0])
    }
    #expect(throws: IndexError.damaged(path: "x", problem: "2 bytes are missing at its end")) {
      try openIndex(bytes.dropLast(2))
    }
  }

  @Test("other files and later versions are refused by name")
  func otherFiles() throws {
    let bytes = try SyntheticPhotos(count: 2, length: 8).indexBytes(.int8)
    for file in [[], Array("{\"path\": 1}".utf8), [0xFF, 0xD8, 0xFF, 0xE0]] as [[UInt8]] {
      #expect(throws: IndexError.notAnIndex(path: "x")) {
        try openIndex(file)
      }
    }
    var later = bytes
    later[8] = 2
    #expect(throws: IndexError.unknownVersion(path: "x", version: 2)) {
      try openIndex(later)
    }
  }

  /// Positions of the numbers of the header, as the documentation of the format gives them.
  @Test(
    "a header that lies about sizes is refused, though its checksum is right",
    arguments: [16, 24, 32, 40, 48, 56, 64])
  func lyingHeader(position: Int) throws {
    let bytes = try SyntheticPhotos(count: 70, length: 40).indexBytes(
      .int8, settings: SyntheticPhotos.smallSketches)
    let description = Int(bytes[48]) | Int(bytes[49]) << 8
    for lie: UInt64 in [
      0, 1, 2, 71, 1 << 16, 1 << 31, 1 << 32, 1 << 60, 1 << 61, 1 << 62, 1 << 63, .max, .max / 4,
      .max / 40, .max / 80,
    ] {
      var file = bytes
      for index in 0..<8 { file[position + index] = UInt8(truncatingIfNeeded: lie >> (8 * index)) }
      file.seal(description: description)
      // How many photos the directions were learned from changes only when they are learned anew.
      if position == 40, lie <= UInt64(Int.max) { continue }
      #expect(throws: IndexError.self) { try openIndex(file) }
    }
  }

  @Test("an entry whose path lies elsewhere is refused")
  func lyingEntry() throws {
    let bytes = try SyntheticPhotos(count: 5, length: 8).indexBytes(.int8)
    let description = Int(bytes[48]) | Int(bytes[49]) << 8
    let entries = (128 + description + 63) / 64 * 64
    for (offset, value) in [(0, 1), (7, 0x80), (6, 0x10), (8, 0), (8, 255), (11, 255)]
      as [(Int, UInt8)]
    {
      var file = bytes
      file[entries + 80 + offset] = value
      #expect(throws: IndexError.self) { try openIndex(file) }
    }
  }

  @Test("directions that are not orthonormal are refused")
  func lyingDirections() throws {
    let bytes = try SyntheticPhotos(count: 70, length: 40).indexBytes(
      .int8, settings: SyntheticPhotos.smallSketches)
    let directions = try #require(bytes.sections(count: 70).directions)
    for value: Float in [2, .nan, .infinity] {
      var file = bytes
      for index in 0..<4 { file[directions + index] = UInt8(value.bitPattern >> (8 * index) & 255) }
      #expect(throws: IndexError.self) { try openIndex(file) }
    }
  }

  @Test("changed bytes give an error or an index that can be searched, never a crash")
  func mutations() throws {
    let data = SyntheticPhotos(count: 70, length: 40)
    var random = SeededNumbers(seed: 9)
    let originals = try [
      data.indexBytes(.int8, settings: SyntheticPhotos.smallSketches), data.indexBytes(.float16),
    ]
    var opened = 0
    for round in 0..<400 {
      var file = originals[round % 2]
      let description = Int(file[48]) | Int(file[49]) << 8
      let isHeader = round % 4 < 2
      for _ in 0..<1 + random.next() % 4 {
        let range = isHeader ? 8..<128 : 128..<file.count
        file[range.lowerBound + Int(random.next() % UInt64(range.count))] = UInt8(
          truncatingIfNeeded: random.next())
      }
      if round % 3 == 0 { file.seal(description: description) }
      guard let index = try? openIndex(file) else { continue }
      opened += 1
      let search = NeighbourSearch(index, pool: WorkerPool(threads: 1))
      #expect(search.neighbours(of: search.query(data.features[0]), count: 5).count <= 5)
      _ = try DuplicateSearch(search, threshold: 0.9).groups(
        among: Array(0..<index.count), stop: StopFlag())
    }
    #expect(opened > 20)
  }

  @Test("differences between an index and its queries are named, each once")
  func differences() {
    let description = SyntheticPhotos.description
    #expect(description.differences(from: description).isEmpty)
    var other = description
    other.modelReference = "elsewhere/starter.safetensors"
    other.folder = "/other"
    #expect(description.differences(from: other).isEmpty)
    other.modelDigest = "11"
    #expect(description.differences(from: other).count == 1)
    other.model = "caffenet"
    other.layer = "fc6"
    other.preprocessing = ["a": .integer(2)]
    other.decoding = ["exact": .bool(true)]
    other.arithmetic = "int8"
    #expect(
      description.differences(from: other) == [
        "model 'starter', not 'caffenet'", "layer fc7, not fc6",
        "preprocessing {\"a\": 1}, not {\"a\": 2}",
        "decoding {\"exact\": false}, not {\"exact\": true}", "precision fp32, not int8",
      ])
  }
}

extension [UInt8] {
  /// Sets the checksum of the header: FNV-1a of its first 120 bytes and of the description.
  fileprivate mutating func seal(description: Int) {
    guard 128 + description <= count else { return }
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in self[..<120] + self[128..<128 + description] {
      hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
    }
    for index in 0..<8 { self[120 + index] = UInt8(truncatingIfNeeded: hash >> (8 * index)) }
  }

  /// Where the directions begin, computed as the documentation of the format says.
  fileprivate func sections(count: Int) -> (directions: Int?, end: Int) {
    func number(_ start: Int) -> Int {
      (0..<8).reduce(0) { $0 | Int(self[start + $1]) << (8 * $1) }
    }
    func aligned(_ position: Int) -> Int { (position + 63) / 64 * 64 }
    let entries = aligned(128 + number(48))
    let paths = aligned(entries + 80 * count)
    let scales = aligned(paths + number(56))
    return (aligned(scales + 4 * count), self.count)
  }
}
