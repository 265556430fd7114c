import Foundation
import Images

/// Photos of three classes: patterns, each class in a colour of its own.
enum ColourPhotos {
  static let classes = ["blue", "green", "red"]

  /// Writes `count` photos of each class to `photos/CLASS`.
  static func write(to folder: TemporaryFolder, count: Int = 6) throws {
    for (index, name) in classes.enumerated() {
      for photo in 0..<count {
        let picture = pattern(seed: UInt64(index * 100 + photo), channel: 2 - index)
        try folder.write(Data(try picture.pngFile()), to: "photos/\(name)/\(photo).png")
      }
    }
  }

  /// Blocks of random brightness, with one colour stronger than the others.
  static func pattern(seed: UInt64, channel: Int) -> RGBImage {
    var random = SeededGenerator(seed: seed)
    let blocks = (0..<8 * 8).map { _ in UInt8(truncatingIfNeeded: random.next() >> 32) / 2 }
    var pixels: [UInt8] = []
    for y in 0..<96 {
      for x in 0..<96 {
        let value = blocks[y / 12 * 8 + x / 12]
        for color in 0..<3 { pixels.append(color == channel ? value + 120 : value) }
      }
    }
    return RGBImage(width: 96, height: 96, pixels: pixels)
  }
}

/// Random numbers that are the same in every run: xorshift64 (Marsaglia 2003).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}
