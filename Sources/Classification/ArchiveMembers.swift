import Images
import System

/// The images in a tar archive, one after another. Nothing is unpacked: workers read the bytes of
/// members from the archive.
final class ArchiveMembers {
  /// The number of members so far that are no images by their names, or no files.
  private(set) var otherFiles = 0

  private let path: RawPath
  private var reader: TarReader?
  /// Why the archive cannot be opened.
  private var failure: TarError?

  /// Whether the file is a tar archive: by its name, or by its first bytes.
  static func isArchive(_ path: RawPath) -> Bool {
    // What cannot be examined is reported as an input.
    guard (try? FileStatus(of: path))?.kind == .regular else { return false }
    if path.lowercasedExtension == "tar" { return true }
    // A file with the name of an image is read as an image, whatever it holds.
    guard !ImageFormat.allFileExtensions.contains(path.lowercasedExtension) else { return false }
    var beginning: [UInt8] = []
    guard let file = try? RandomAccessFile(opening: path),
      let count = try? file.read(at: 0, count: 512, into: &beginning), count == 512
    else { return false }
    return TarReader.isArchive(beginning: beginning)
  }

  init(_ path: RawPath) {
    self.path = path
    do throws(TarError) {
      reader = try TarReader(opening: path)
    } catch {
      failure = error
    }
  }

  /// The next image; where the archive is damaged, a failure of the archive itself, and then the
  /// end.
  func next() -> InputItem? {
    if let failure {
      self.failure = nil
      return item(failure)
    }
    do throws(TarError) {
      while let member = try reader?.next() {
        let isImage = ImageFormat.allFileExtensions.contains(member.name.lowercasedExtension)
        guard member.kind == .file, isImage else {
          if member.kind != .folder { otherFiles += 1 }
          continue
        }
        return InputItem(
          path: member.name,
          content: .member(of: path, offset: member.offset, count: member.count),
          origin: .found, archive: path)
      }
    } catch {
      reader = nil
      return item(error)
    }
    return nil
  }

  private func item(_ error: TarError) -> InputItem {
    InputItem(path: path, content: .failed(ItemFailure(archive: error)), origin: .named)
  }
}

extension ItemFailure {
  fileprivate init(archive error: TarError) {
    switch error {
    case .unreadable(let error): self.init(error)
    case .damaged(_, _, .endsEarly), .damaged(_, _, .reachesPastTheEnd):
      self.init(.truncated, error.description)
    case .damaged(_, _, .sparse): self.init(.unsupportedFeature, error.description)
    case .damaged: self.init(.corrupt, error.description)
    case .tooManyMembers: self.init(.limitExceeded, error.description)
    }
  }
}
