import Foundation

/// Files that are made to take more time or memory than their bytes justify.
enum HostileFiles {
  private static func big(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * (count - 1 - $0))) }
  }

  private static func little(_ value: Int, _ count: Int) -> [UInt8] { big(value, count).reversed() }

  // MARK: Images

  /// A PNG header without pixels.
  static func png(width: Int, height: Int) -> Data {
    let header = Array("IHDR".utf8) + big(width, 4) + big(height, 4) + [8, 2, 0, 0, 0]
    // CRC-32, as PNG's chunks end with it.
    var check: UInt32 = 0xFFFF_FFFF
    for byte in header {
      check ^= UInt32(byte)
      for _ in 0..<8 { check = check & 1 == 1 ? check >> 1 ^ 0xEDB8_8320 : check >> 1 }
    }
    return Data(
      [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + big(13, 4) + header + big(Int(~check), 4)
        + big(0, 4) + Array("IDAT".utf8) + big(0x35AF_061E, 4))
  }

  private static func segment(_ marker: UInt8, _ content: [UInt8]) -> [UInt8] {
    [0xFF, marker] + big(content.count + 2, 2) + content
  }

  /// The tables of a JPEG whose Huffman codes are one bit, 0.
  ///
  /// - Parameter components: 1 for grey, 3 for colour.
  private static func jpegStart(
    _ frame: UInt8, width: Int, height: Int, components: UInt8 = 1
  ) -> [UInt8] {
    let described = (1...components).flatMap { [$0, 0x11, 0] as [UInt8] }
    let one = [UInt8(1)] + [UInt8](repeating: 0, count: 15)
    return [0xFF, 0xD8] + segment(0xDB, [0] + [UInt8](repeating: 1, count: 64))
      + segment(frame, [8] + big(height, 2) + big(width, 2) + [components] + described)
      // DC: a difference of 0. AC: the rest of 2^14 and more blocks is zero (0xE0).
      + segment(0xC4, [0x00] + one + [0]) + segment(0xC4, [0x10] + one + [0xE0])
  }

  /// A JPEG header, and a scan of a few bytes.
  static func jpeg(width: Int, height: Int) -> Data {
    Data(
      jpegStart(0xC0, width: width, height: height) + segment(0xDA, [1, 1, 0, 0, 63, 0])
        + [UInt8](repeating: 0, count: 100) + [0xFF, 0xD9])
  }

  /// A progressive JPEG of 2688 scans: every coefficient of three components has one for each of
  /// its bits. All scans are right, and take some bytes each.
  static func progressiveJPEG(side: Int) -> Data {
    let blocks = (side / 8) * (side / 8)
    var file = jpegStart(0xC2, width: side, height: side, components: 3)
    for component in 1...UInt8(3) {
      for coefficient in 0..<64 {
        for bit in stride(from: UInt8(13), through: 0, by: -1) {
          let high: UInt8 = bit == 13 ? 0 : bit + 1
          let band = UInt8(coefficient)
          file += segment(0xDA, [1, component, 0, band, band, high << 4 | bit])
          // One bit a block for DC; for AC, runs of 2^14 blocks: a code and 14 bits each.
          let bits = coefficient == 0 ? blocks : (blocks + 16383) / 16384 * 15
          file += [UInt8](repeating: 0, count: (bits + 7) / 8)
        }
      }
    }
    return Data(file + [0xFF, 0xD9])
  }

  /// A JPEG with EXIF data before its other contents, whose directory leads back to itself.
  static func loopingEXIF(_ photo: Data) -> Data {
    var tiff = Array("II*".utf8) + [0] + little(8, 4)
    // Pointers to further directories (EXIF, GPS, interoperability) and the next one, all of them
    // to this one.
    tiff += little(3, 2)
    for tag in [0x8769, 0x8825, 0xA005] {
      tiff += little(tag, 2) + little(4, 2) + little(1, 4) + little(8, 4)
    }
    tiff += little(8, 4)
    return photo.prefix(2) + Data(segment(0xE1, Array("Exif".utf8) + [0, 0] + tiff))
      + photo.dropFirst(2)
  }

  // MARK: Weights

  static func safetensors(header: String, length: Int? = nil, data: Int = 0) -> Data {
    Data(little(length ?? header.utf8.count, 8)) + Data(header.utf8) + Data(count: data)
  }

  /// One tensor under `count` names.
  static func manyNames(_ count: Int) -> Data {
    var header = "{"
    for index in 0..<count {
      header += index == 0 ? "" : ","
      header += "\"t\(index)\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}"
    }
    return safetensors(header: header + "}", data: 4)
  }

  /// `count` tensors whose names have as many parts as names can have.
  static func longNames(_ count: Int) -> Data {
    var header = "{"
    for index in 0..<count {
      header += index == 0 ? "" : ","
      let name = "\(1000 + index)" + String(repeating: ".a", count: 250) + ".w"
      header +=
        "\"\(name)\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[\(index),\(index + 1)]}"
    }
    return safetensors(header: header + "}", data: count)
  }

  /// A PyTorch file of before 1.6, which is a row of pickles, with `object` as its state.
  static func torch(_ object: [UInt8]) -> Data {
    let magic: [UInt8] = [
      0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    ]
    return Data(
      magic + [0x80, 0x02, 0x4D, 0xE9, 0x03, 0x2E] + [0x80, 0x02, 0x7D, 0x71, 0x00, 0x2E]
        + [0x80, 0x02] + object + [0x2E])
  }

  /// A tuple of two that are the same tuple of two, and so on: 2^200 values when it is walked.
  static let nestedTuples: [UInt8] =
    [0x29, 0x71, 0x00]
    + (0..<200 as Range<UInt8>).flatMap { [0x68, $0, 0x68, $0, 0x86, 0x71, $0 + 1] }

  /// A text that claims 2 GB, and a memo entry of number 2^31 - 1.
  static let lyingText: [UInt8] = [0x58, 0xFF, 0xFF, 0xFF, 0x7F, 0x61]
  static let farMemo: [UInt8] = [0x29, 0x72, 0xFF, 0xFF, 0xFF, 0x7F]
  static let deepLists =
    [UInt8](repeating: 0x5D, count: 1 << 20) + [UInt8](repeating: 0x61, count: 1 << 20)

  /// Calls of the result of a call of the result of a call, and so on.
  static let chainedCalls: [UInt8] =
    Array("ca\nb\n".utf8) + (0..<200_000).flatMap { _ in [0x29, 0x52] as [UInt8] }

  /// A message whose field `number` claims 2^62 bytes.
  static func protobuf(field number: UInt8) -> Data {
    Data([number << 3 | 2] + [UInt8](repeating: 0x80, count: 8) + [0x40] + [1, 2, 3])
  }

  /// Messages inside messages, each the field `number` of the one around it.
  static func nestedProtobuf(field number: UInt8, depth: Int) -> Data {
    var message: [UInt8] = []
    for _ in 0..<depth {
      var length = message.count
      var prefix: [UInt8] = [number << 3 | 2]
      repeat {
        prefix.append(UInt8(length & 0x7F) | (length > 0x7F ? 0x80 : 0))
        length >>= 7
      } while length > 0
      message = prefix + message
    }
    return Data(message)
  }

  static func npy(shape: String) -> Data {
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': \(shape), }"
    let header = text.padding(toLength: 117, withPad: " ", startingAt: 0) + "\n"
    return Data([0x93] + Array("NUMPY".utf8) + [1, 0] + little(header.utf8.count, 2))
      + Data(header.utf8) + Data(count: 64)
  }

  /// A ZIP archive with one member that is deflated.
  ///
  /// - Parameters:
  ///   - gzip: what `gzip -n` makes of the member: a header of 10 bytes, the data, its checksum and
  ///     its length.
  ///   - size: the length that the archive claims.
  static func zip(_ name: String, gzip: Data, size: Int) -> Data {
    let deflated = gzip.dropFirst(10).dropLast(8)
    let fields =
      Data(little(0, 2) + little(8, 2) + little(0, 4)) + gzip.suffix(8).prefix(4)
      + Data(little(deflated.count, 4) + little(size, 4) + little(name.utf8.count, 2))
    let entry = Data([0x50, 0x4B, 3, 4] + little(20, 2)) + fields + Data(little(0, 2) + name.utf8)
    let directory =
      Data([0x50, 0x4B, 1, 2] + little(20, 2) + little(20, 2)) + fields
      + Data(little(0, 2) + little(0, 2) + little(0, 2) + little(0, 2) + little(0, 4))
      + Data(little(0, 4) + name.utf8)
    let end =
      Data([0x50, 0x4B, 5, 6] + little(0, 4) + little(1, 2) + little(1, 2))
      + Data(little(directory.count, 4) + little(entry.count + deflated.count, 4) + little(0, 2))
    return entry + deflated + directory + end
  }
}
