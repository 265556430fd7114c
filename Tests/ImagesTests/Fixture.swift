import Foundation
import Images

/// A file of the Fixtures folder with what it must give; Scripts/make-image-fixtures.py makes both.
struct Fixture: Decodable, CustomStringConvertible {
  let file: String
  /// The upright size that is expected, and where its pixels start in pixels.rgb.
  let width: Int?
  let height: Int?
  let offset: Int?
  /// The denominator of the scale to which a JPEG can be reduced to give those pixels.
  let scale: Int?
  /// The error's name, for a file that must not decode. If there are pixels, too, they are what can
  /// be made of the damaged file.
  let error: String?
  /// True where some versions of the library refuse the file and others decode it.
  let mayBeUnsupported: Bool?

  var description: String { scale.map { "\(file) at 1/\($0)" } ?? file }

  static let all: [Fixture] = {
    do {
      return try JSONDecoder().decode([Fixture].self, from: Data(bytes(of: "manifest.json")))
    } catch {
      preconditionFailure("Fixtures/manifest.json: \(error)")
    }
  }()

  static let sound = all.filter { $0.offset != nil && $0.scale == nil && $0.error == nil }
  static let recoverable = all.filter { $0.offset != nil && $0.error != nil }
  static let reduced = all.filter { $0.scale != nil }
  static let faulty = all.filter { $0.error != nil }

  static func bytes(of file: String) -> [UInt8] {
    let url = Bundle.module.bundleURL.appending(path: "Fixtures").appending(path: file)
    guard let data = try? Data(contentsOf: url) else { preconditionFailure("no \(url.path)") }
    return [UInt8](data)
  }

  var bytes: [UInt8] { Self.bytes(of: file) }

  /// The pixels that Pillow found.
  var expected: RGBImage? {
    guard let width, let height, let offset else { return nil }
    let pixels = Self.allPixels[offset..<(offset + width * height * 3)]
    return RGBImage(width: width, height: height, pixels: Array(pixels))
  }

  private static let allPixels = bytes(of: "pixels.rgb")
}

/// Reads the header of an image file and decodes the file.
func decodeImage(
  _ bytes: Span<UInt8>, options: DecodeOptions
) throws(ImageDecodingError) -> DecodedImage {
  try ImageDecoder(bytes, options: options).decode(bytes)
}

extension ImageDecodingError {
  /// The case without what it carries.
  var name: String {
    switch self {
    case .empty: "empty"
    case .timedOut: "timedOut"
    case .unsupportedFormat: "unsupportedFormat"
    case .unsupportedFeature: "unsupportedFeature"
    case .truncated: "truncated"
    case .corrupt: "corrupt"
    case .limitExceeded: "limitExceeded"
    case .outOfMemory: "outOfMemory"
    case .internalFault: "internalFault"
    }
  }
}

extension RGBImage {
  /// The largest difference between two values at one place, nil where the sizes differ.
  func largestDifference(from other: RGBImage) -> Int? {
    guard width == other.width, height == other.height else { return nil }
    return zip(pixels, other.pixels).map { abs(Int($0) - Int($1)) }.max()
  }
}
