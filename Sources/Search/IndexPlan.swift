public import System

/// What has to be done so that an index has the photos that there are now.
public struct IndexPlan: Sendable {
  /// A photo to read: a new one, or one whose file has changed.
  public struct Photo: Sendable, Equatable {
    public let path: RawPath
    public let status: FileStatus
    /// Its row in the old index; nil if it is new.
    public let oldRow: Int?
  }

  /// Photos that stay as they are.
  public private(set) var kept: [(row: Int, photo: IndexedPhoto)] = []
  /// Photos to read, in the order of the inputs.
  public private(set) var toRead: [Photo] = []
  /// Inputs that cannot be examined.
  public private(set) var failures: [(path: RawPath, error: SystemError)] = []
  /// How many photos of the old index are gone, and leave it.
  public private(set) var removed = 0
  /// How many photos of the old index are gone, and stay in it all the same: on request, or since
  /// they were below an input that is gone, such as a disk that is not mounted.
  public private(set) var missing = 0
  /// Whether files of photos that stay have new times.
  public private(set) var hasNewTimes = false
  /// The files in folders that were skipped, since they are no pictures.
  public private(set) var passedOver = OtherFiles()

  /// Walks over the inputs and compares what is there with an index.
  ///
  /// A photo is unchanged if size and time of its file are those of the index, or else if its
  /// contents are. Photos of the index outside of the inputs stay as long as their files exist.
  /// Those below an input that is gone stay in any case.
  ///
  /// - Parameters:
  ///   - inputs: files, and folders, which stand for all pictures in and below them.
  ///   - keepsMissing: whether photos stay whose files are gone.
  ///   - walk: finds the pictures in a folder.
  ///   - digest: the SHA-256 of a file.
  /// - Throws: ``SystemError/stopped`` if `stop` is raised.
  public init(
    _ inputs: [RawPath], old: FeatureIndex?, keepsMissing: Bool,
    walk: (RawPath) -> DirectoryWalk, stop: StopFlag, digest: (RawPath) -> [UInt8]?
  ) throws(SystemError) {
    var oldRows: [RawPath: Int] = [:]
    for row in 0..<(old?.count ?? 0) { oldRows[old?.path(row) ?? ""] = row }
    var seen: Set<RawPath> = []

    func take(_ path: RawPath, _ status: FileStatus) {
      guard seen.insert(path).inserted else { return }
      guard let old, let row = oldRows[path] else {
        toRead.append(Photo(path: path, status: status, oldRow: nil))
        return
      }
      var photo = old.photo(row)
      let hasSize = photo.byteCount == status.size
      if hasSize, photo.modified != status.modified, digest(path) == photo.digest {
        photo.modified = status.modified
        hasNewTimes = true
      }
      if hasSize, photo.modified == status.modified {
        kept.append((row, photo))
      } else {
        toRead.append(Photo(path: path, status: status, oldRow: row))
      }
    }

    func examine(_ path: RawPath) {
      do throws(SystemError) {
        let status = try FileStatus(of: path)
        guard status.kind == .regular else { throw .notAFile(path: path, kind: status.kind) }
        take(path, status)
      } catch {
        failures.append((path, error))
      }
    }

    let inputs = inputs.map(\.withoutEmptyParts)
    for path in inputs {
      guard (try? FileStatus(of: path))?.kind == .directory else {
        examine(path)
        continue
      }
      let walk = walk(path)
      while let next = walk.next(stop: stop) {
        switch next {
        case .file(let path): examine(path.withoutEmptyParts)
        case .unreadable(let path, let error): failures.append((path, error))
        }
      }
      if stop.isRaised { throw .stopped }
      passedOver.add(walk.passedOver)
    }
    let goneInputs = Set(failures.filter { $0.error.isNotFound }.map(\.path)).intersection(inputs)
    for row in 0..<(old?.count ?? 0) {
      guard let old, !seen.contains(old.path(row)) else { continue }
      if stop.isRaised { throw .stopped }
      var isGone = false
      do throws(SystemError) { _ = try FileStatus(of: old.path(row)) } catch {
        isGone = error.isNotFound
      }
      if isGone && !keepsMissing && !old.path(row).foldersAbove.contains(where: goneInputs.contains)
      {
        removed += 1
        continue
      }
      if isGone { missing += 1 }
      kept.append((row, old.photo(row)))
    }
    // In the order of the old index, so that its rows are copied in long runs.
    kept.sort { $0.row < $1.row }
  }
}

extension RawPath {
  /// The folders in its name, each in the one before it: `a` and `a/b` for `a/b/c`.
  fileprivate var foldersAbove: some Sequence<RawPath> {
    bytes.indices.dropFirst().lazy.filter { bytes[$0] == UInt8(ascii: "/") }
      .map { RawPath(bytes[..<$0]) }
  }

  /// The path without `.` as a part and without doubled slashes, so that one file has one name.
  var withoutEmptyParts: RawPath {
    let slash = UInt8(ascii: "/")
    let parts = bytes.split(separator: slash).filter { !$0.elementsEqual([UInt8(ascii: ".")]) }
    let joined = Array(parts.joined(separator: [slash]))
    if bytes.first == slash { return RawPath([slash] + joined) }
    return joined.isEmpty ? "." : RawPath(joined)
  }
}
