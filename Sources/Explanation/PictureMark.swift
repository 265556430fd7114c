/// The mark of the pictures that explanations draw. It tells them from photos, which must never be
/// replaced.
///
/// It is a text chunk that names the software (PNG specification, 3rd edition, section 11.3.3.3),
/// directly behind the file's header.
public enum PictureMark {
  private static let chunk: [UInt8] =
    // Its length without its type, and the CRC-32 of its type and its text.
    [0, 0, 0, 24] + Array("tEXtSoftware\0alexnet explain".utf8) + [0xB7, 0x0C, 0xF5, 0xE6]

  /// The signature of 8 bytes and the chunk IHDR of 25.
  private static let place = 33

  /// The PNG file with the mark.
  static func marked(_ file: [UInt8]) -> [UInt8] {
    file[..<place] + chunk + file[place...]
  }

  /// Whether a file that begins with these bytes has the mark.
  public static func isIn(beginning: [UInt8]) -> Bool {
    beginning.dropFirst(place).starts(with: chunk)
  }
}
