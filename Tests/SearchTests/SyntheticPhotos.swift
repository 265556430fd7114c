import Images
import JSON
import Kernels
import Search
import System
import Tensors
import Threads

/// Reproducible values: SplitMix64 (Steele, Lea and Flood 2014).
struct SeededNumbers {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// 0 to 1.
  mutating func unit() -> Float { Float(next() >> 40) * 0x1p-24 }
}

/// Photos without files, whose features lie in some clusters, as those of real photos do.
struct SyntheticPhotos {
  var photos: [IndexedPhoto] = []
  var features: [[Float]] = []

  init(count: Int, length: Int, clusters: Int = 7, seed: UInt64 = 1) {
    var random = SeededNumbers(seed: seed)
    let centres = (0..<clusters).map { _ in (0..<length).map { _ in max(0, random.unit() - 0.4) } }
    for index in 0..<count {
      let centre = centres[Int(random.next() % UInt64(clusters))]
      features.append(centre.map { max(0, $0 + 0.4 * (random.unit() - 0.5)) })
      photos.append(
        IndexedPhoto(
          path: RawPath("photos/\(index).jpg"), size: .init(width: 40 + index % 3, height: 30),
          byteCount: 1000 + index, modified: .init(seconds: 1_700_000_000, nanoseconds: 5),
          digest: (0..<32).map { UInt8(truncatingIfNeeded: index >> (8 * ($0 % 4))) }))
    }
  }

  static let description = IndexDescription(
    model: "starter", modelReference: "starter", modelDigest: "00ff", layer: "fc7",
    preprocessing: ["a": .integer(1)], decoding: ["exact": .bool(false)], arithmetic: "fp32",
    folder: "/photos")

  /// Sketches for indexes that are small enough for tests.
  static var smallSketches: SketchSettings {
    var settings = SketchSettings()
    settings.directions = 9
    settings.leastPhotos = 64
    settings.mostLearnedFrom = 100
    return settings
  }

  /// The bytes of an index of all photos.
  func indexBytes(
    _ element: FeatureRows.Element, settings: SketchSettings = SketchSettings()
  ) throws -> [UInt8] {
    let builder = try IndexBuilder(
      Self.description, element: element, length: features[0].count, settings: settings,
      spoolBeside: nil, pool: WorkerPool(threads: 1))
    for (photo, values) in zip(photos, features) { try builder.add(photo, values: values) }
    return try builder.bytes()
  }

  func index(
    _ element: FeatureRows.Element, settings: SketchSettings = SketchSettings()
  ) throws -> FeatureIndex {
    try openIndex(indexBytes(element, settings: settings))
  }
}

/// Opens the bytes of an index as the file `x`.
func openIndex(_ bytes: [UInt8]) throws(IndexError) -> FeatureIndex {
  try FeatureIndex(Storage(copying: bytes.span), path: "x")
}

extension IndexBuilder {
  /// What would be written.
  func bytes() throws(SystemError) -> [UInt8] {
    let output = MemoryOutput()
    try write(to: output)
    return output.bytes
  }
}
