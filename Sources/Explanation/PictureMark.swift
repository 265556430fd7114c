/// The mark of the pictures that this program draws. It tells them from photos, which must never be
/// replaced.
///
/// It is a text chunk that names the software (PNG specification, 3rd edition, section 11.3.3.3),
/// directly behind the file's header.
public enum PictureMark: CaseIterable, Sendable {
  case explain
  case train
  case visualize

  /// The chunk: the length of its text, its type, its text, and the CRC-32 of the last two.
  private var chunk: [UInt8] {
    switch self {
    case .explain:
      [0, 0, 0, 24] + Array("tEXtSoftware\0alexnet explain".utf8) + [0xB7, 0x0C, 0xF5, 0xE6]
    case .train:
      [0, 0, 0, 22] + Array("tEXtSoftware\0alexnet train".utf8) + [0x05, 0xC6, 0x28, 0xF8]
    case .visualize:
      [0, 0, 0, 26] + Array("tEXtSoftware\0alexnet visualize".utf8) + [0x6E, 0xDE, 0x13, 0xD9]
    }
  }

  /// The signature of 8 bytes and the chunk IHDR of 25.
  private static let place = 33

  /// The PNG file with the mark.
  public func marked(_ file: [UInt8]) -> [UInt8] {
    file[..<Self.place] + chunk + file[Self.place...]
  }

  /// Whether a file that begins with these bytes has a mark.
  public static func isIn(beginning: [UInt8]) -> Bool {
    allCases.contains { beginning.dropFirst(place).starts(with: $0.chunk) }
  }
}
