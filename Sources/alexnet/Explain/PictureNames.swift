import System

/// The names of pictures in a folder: those of their photos, each used once.
struct PictureNames {
  /// The most bytes of a photo's name in that of its picture. File systems allow 255 in all.
  private static let longestStem = 240

  private var used: Set<[UInt8]> = []
  /// The last number that the name of a photo got.
  private var numbers: [[UInt8]: Int] = [:]

  /// A name that was not used yet.
  mutating func next(for photo: RawPath) -> [UInt8] {
    let stem = Self.stem(of: photo)
    while true {
      let number = numbers[stem, default: 0] + 1
      numbers[stem] = number
      let name = stem + Array((number == 1 ? ".png" : "-\(number).png").utf8)
      if used.insert(name).inserted { return name }
    }
  }

  private static func stem(of photo: RawPath) -> [UInt8] {
    if photo == "-" { return Array("standard-input".utf8) }
    var stem = Array(photo.lastComponent)
    if let dot = stem.lastIndex(of: UInt8(ascii: ".")), dot > 0 { stem.removeSubrange(dot...) }
    guard stem.count > longestStem else { return stem }
    var end = longestStem
    // A character of UTF-8, of at most four bytes, is not cut in two.
    while end > longestStem - 3, stem[end] & 0xC0 == 0x80 { end -= 1 }
    return Array(stem[..<end])
  }
}
