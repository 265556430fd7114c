import Foundation
import Images
import JSON
import Preprocessing
import Testing

/// What another program makes of a picture: see `Scripts/make-preprocessing-goldens.py`.
struct Golden: CustomTestStringConvertible {
  let name: String
  let seed: UInt32
  let width: Int
  let height: Int
  let fullWidth: Int
  let fullHeight: Int
  /// Whether a reduced picture's incomplete pixels stand at the left and at the top.
  let isTurned: Bool
  let preprocessing: Preprocessing
  let byteCount: Int
  /// Where the result's bytes stand in `resize.bin`; nil where only their digest is kept.
  let offset: Int?
  let digest: String?

  var testDescription: String { name }

  var decoded: DecodedImage {
    DecodedImage(
      image: noise(width: width, height: height, seed: seed),
      fullSize: PixelSize(width: fullWidth, height: fullHeight),
      partialSides: DecodedImage.PartialSides(isLeft: isTurned, isTop: isTurned))
  }

  var bytes: [UInt8]? { offset.map { Array(Self.data[$0..<$0 + byteCount]) } }

  /// Pillow's arithmetic is reproduced, OpenCV's depends on its version and processor.
  var tolerance: Int {
    let isOpenCV = preprocessing.steps.contains {
      switch $0 {
      case .squash(_, _, let antialias), .resizeShortSide(_, let antialias): !antialias
      case .centerCrop: false
      }
    }
    return isOpenCV ? 1 : 0
  }

  static let all: [Golden] = {
    do {
      let text = [UInt8](try Data(contentsOf: fixture("resize.json")))
      return try (JSONValue.parse(text.span).array ?? []).map(Golden.init(json:))
    } catch {
      Issue.record("resize.json: \(error)")
      return []
    }
  }()

  private static let data: [UInt8] =
    (try? Data(contentsOf: fixture("resize.bin"))).map { Array($0) } ?? []

  /// `PREPROCESSING_GOLDENS` names a directory of other goldens, for a wider search.
  private static func fixture(_ name: String) -> URL {
    let other = ProcessInfo.processInfo.environment["PREPROCESSING_GOLDENS"]
    let directory =
      other.map { URL(fileURLWithPath: $0) }
      ?? Bundle.module.resourceURL?.appendingPathComponent("Fixtures")
      ?? URL(fileURLWithPath: "Fixtures")
    return directory.appendingPathComponent(name)
  }
}

extension Golden {
  fileprivate init(json: JSONValue) throws {
    func integer(_ name: String) throws -> Int { try #require(json[name]?.integer) }
    name = try #require(json["name"]?.string)
    seed = UInt32(try integer("seed"))
    width = try integer("width")
    height = try integer("height")
    fullWidth = try integer("fullWidth")
    fullHeight = try integer("fullHeight")
    isTurned = json["isTurned"] == .bool(true)
    preprocessing = try Preprocessing(json: #require(json["preprocessing"]))
    byteCount = try integer("byteCount")
    offset = json["offset"]?.integer
    digest = json["digest"]?.string
  }
}

/// The top bytes of x = 1664525 x + 1013904223 (mod 2^32), from x = seed, as the script has them.
func noise(width: Int, height: Int, seed: UInt32) -> RGBImage {
  var state = seed
  var pixels: [UInt8] = []
  pixels.reserveCapacity(width * height * 3)
  for _ in 0..<width * height * 3 {
    state = state &* 1_664_525 &+ 1_013_904_223
    pixels.append(UInt8(state >> 24))
  }
  return RGBImage(width: width, height: height, pixels: pixels)
}

/// FNV-1a, 64 bits, in hexadecimal.
func digest(_ bytes: [UInt8]) -> String {
  var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
  let digits = String(hash, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}
