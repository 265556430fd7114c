/// A format whose files can be decoded: its name, the extensions and first bytes of its files, and
/// its decoder. To support another format, add it to ``all``.
public struct ImageFormat: Sendable {
  /// The name of the format in messages.
  public let name: String
  /// The extensions of its files' names, in lower case and without the dot.
  public let fileExtensions: [String]
  /// The first bytes of its files.
  let signature: [UInt8]
  /// Reads a file's header.
  let open: @Sendable (Span<UInt8>, DecodeOptions) throws(ImageDecodingError) -> any FormatDecoder

  public static let all = [jpeg, png]

  static let jpeg = ImageFormat(
    name: "JPEG", fileExtensions: ["jpg", "jpeg", "jpe", "jfif"], signature: [0xFF, 0xD8, 0xFF]
  ) { (bytes, options) throws(ImageDecodingError) in try JPEGDecoder(bytes, options: options) }

  /// PNG's signature has four more bytes. They are left out here, because transfers in text mode
  /// change them, and such a file is a damaged PNG.
  static let png = ImageFormat(
    name: "PNG", fileExtensions: ["png"], signature: [0x89, 0x50, 0x4E, 0x47]
  ) { (bytes, options) throws(ImageDecodingError) in try PNGDecoder(bytes, options: options) }

  /// The extensions of all formats.
  public static var allFileExtensions: [String] { all.flatMap(\.fileExtensions) }

  /// The endings of pictures that people have among their photos: those of all formats, and those
  /// of formats that cannot be decoded here. A folder with such files is not fully read.
  public static var pictureExtensions: [String] {
    let others = [
      "heic", "heif", "avif", "webp", "gif", "bmp", "tif", "tiff", "jp2", "jxl",
    ]
    return allFileExtensions + others.filter { !allFileExtensions.contains($0) }
  }

  /// The names of all formats in one text, such as "JPEG or PNG".
  static var names: String { all.map(\.name).joined(separator: " or ") }

  /// Finds the format of a file from its first bytes; nil if it is none of ``all``. A file that is
  /// shorter than a signature but agrees with it has that format.
  public init?(beginning bytes: Span<UInt8>) {
    guard let format = Self.all.first(where: { bytes.isCommonPrefix(of: $0.signature) }) else {
      return nil
    }
    self = format
  }

  private init(
    name: String, fileExtensions: [String], signature: [UInt8],
    open:
      @escaping @Sendable (Span<UInt8>, DecodeOptions) throws(ImageDecodingError)
      -> any FormatDecoder
  ) {
    self.name = name
    self.fileExtensions = fileExtensions
    self.signature = signature
    self.open = open
  }
}

extension Span<UInt8> {
  /// Whether the shorter of the two is a prefix of the longer one.
  fileprivate func isCommonPrefix(of signature: [UInt8]) -> Bool {
    (0..<Swift.min(count, signature.count)).allSatisfy { self[$0] == signature[$0] }
  }
}
