import Images
import System

/// The images in a tar archive that is a file, one after another. Nothing is unpacked: workers read
/// the bytes of members from the archive.
final class ArchiveMembers {
  /// The members so far that are no pictures by their names, or no files.
  private(set) var passedOver = OtherFiles()

  private let path: RawPath
  private var reader: TarReader?
  /// Why the archive cannot be opened.
  private var failure: TarError?

  /// What a file holds: an archive by its first bytes, or by its name where they say nothing.
  static func kind(of path: RawPath) -> TarStream.Kind {
    // What cannot be examined is reported as an input.
    guard (try? FileStatus(of: path))?.kind == .regular else { return .other }
    // A file with the name of an image is read as an image, whatever it holds.
    guard !ImageFormat.allFileExtensions.contains(path.lowercasedExtension) else { return .other }
    let isNamedSo = path.lowercasedExtension == "tar"
    guard let stream = try? ByteStream(opening: path, stop: StopFlag()),
      let kind = try? TarStream.kind(of: stream, zeros: .other)
    else { return isNamedSo ? .tar : .other }
    return kind == .other && isNamedSo ? .tar : kind
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
        guard member.isImage else {
          passedOver.add(member)
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

extension TarMember {
  /// Whether this is a file with the name of a picture.
  var isImage: Bool { kind == .file && hasImageName }

  fileprivate var hasImageName: Bool {
    ImageFormat.pictureExtensions.contains(name.lowercasedExtension)
  }
}

extension OtherFiles {
  /// Adds a member that is no image. Folders do not count.
  mutating func add(_ member: TarMember) {
    switch member.kind {
    case .folder: return
    case .sparse where member.hasImageName: add(sparse: member.name)
    case .other where member.hasImageName: add(.linkOrDevice) { member.name }
    case .file, .sparse, .other:
      add(name: Array(member.name.lastComponent)) { member.name }
    }
  }
}

extension ItemFailure {
  init(archive error: TarError) {
    switch error {
    case .unreadable(let error): self.init(error)
    case .damaged(_, _, .endsEarly), .damaged(_, _, .reachesPastTheEnd):
      self.init(.truncated, error.description)
    case .compressed(_, .endsEarly): self.init(.truncated, error.description)
    case .compressed(_, .growsTooMuch), .compressed(_, .outOfMemory):
      self.init(.limitExceeded, error.description)
    case .damaged, .compressed: self.init(.corrupt, error.description)
    case .tooManyMembers: self.init(.limitExceeded, error.description)
    }
  }
}
