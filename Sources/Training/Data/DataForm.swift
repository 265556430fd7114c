import System

/// The forms that training data may have.
enum DataForm: Equatable {
  case folder, tar, csv, jsonLines

  /// Tells the form from what is there, and that of a text file from its name.
  init(of path: RawPath) throws(TrainingDataError) {
    let beginning: [UInt8]
    do throws(SystemError) {
      if try FileStatus(of: path).kind == .directory {
        self = .folder
        return
      }
      beginning = try Self.beginning(of: path)
    } catch {
      throw .unreadable(error)
    }
    if TarReader.isArchive(beginning: beginning) {
      self = .tar
      return
    }
    for (signature, format, command) in Self.compressions where beginning.starts(with: signature) {
      throw .compressed(path, format: format, command: "\(command) \(path)")
    }
    switch path.lowercasedExtension {
    case "csv": self = .csv
    case "jsonl", "ndjson": self = .jsonLines
    // The reader says what is wrong with it.
    case "tar": self = .tar
    default: throw .unknownForm(path)
    }
  }

  private static func beginning(of path: RawPath) throws(SystemError) -> [UInt8] {
    var bytes: [UInt8] = []
    let count = try RandomAccessFile(opening: path).read(at: 0, count: 512, into: &bytes)
    return Array(bytes.prefix(count))
  }

  /// How compressed files begin, what they are, and the command that unpacks them.
  private static let compressions: [([UInt8], String, String)] = [
    ([0x1F, 0x8B], "gzip", "gunzip"),
    ([0x28, 0xB5, 0x2F, 0xFD], "Zstandard", "unzstd"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "xz", "unxz"),
    (Array("BZh".utf8), "bzip2", "bunzip2"),
    ([0x04, 0x22, 0x4D, 0x18], "LZ4", "unlz4"),
    (Array("PK".utf8) + [3, 4], "ZIP", "unzip"),
    ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "7z", "7z x"),
    (Array("Rar!".utf8), "RAR", "unrar x"),
  ]
}
