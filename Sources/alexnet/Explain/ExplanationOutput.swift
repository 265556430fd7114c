import Explanation
import JSON
import System
import WeightFiles

/// Where explanations go: lines to standard output, pictures to a file or a folder, and the values
/// to a file.
final class ExplanationOutput: RunOutput {
  enum Pictures {
    case none
    case file(RawPath)
    case folder(RawPath)
  }

  let isWrittenWhole = false
  private let console: Console
  private let text: ResultOutput?
  private let folder: RawPath?
  private var picture: File?
  private var array: File?
  private var names = PictureNames()
  private var hasFolder = false

  /// A file that is opened at the beginning, and gets its name at the end if it was written.
  private struct File {
    let path: RawPath
    let target: any OutputTarget
    var isWritten = false

    init(_ path: RawPath, console: Console) throws(OutputError) {
      self.path = path
      target = try createOutput(path)
      if let note = inPlaceNote(path, target.inPlaceReason) { console.note(note) }
    }

    mutating func write(_ bytes: [UInt8]) throws(OutputError) {
      if isWritten { throw .holdsOnePhoto(path) }
      isWritten = true
      try writing { () throws(SystemError) in try target.write(bytes.span) }
    }

    /// A file that nothing was written to does not appear.
    func end() throws(OutputError) {
      guard isWritten else { return target.abandon() }
      try writing { () throws(SystemError) in try target.commit() }
    }
  }

  /// - Parameter isSilent: whether there are no lines on standard output.
  init(
    _ pictures: Pictures, array: RawPath?, isSilent: Bool, console: Console
  ) throws(OutputError) {
    self.console = console
    text = isSilent ? nil : ResultOutput(console: console)
    switch pictures {
    case .none: folder = nil
    case .file(let path):
      folder = nil
      picture = try File(path, console: console)
    case .folder(let path):
      folder = path
      do throws(SystemError) {
        // It is made for the first picture, so that a run without pictures leaves no folder.
        try checkFolder(path)
      } catch {
        throw .cannotCreate(error)
      }
    }
    self.array = try array.map { path throws(OutputError) in
      try File(path, console: console)
    }
  }

  var wantsColor: Bool { text?.wantsColor ?? false }

  func write(_ line: String) throws(OutputError) { try text?.write(line) }

  /// Writes the picture of a photo.
  ///
  /// - Returns: the file that it goes to; nil where no picture is wanted.
  func write(picture bytes: [UInt8]?, of photo: RawPath) throws(OutputError) -> RawPath? {
    guard let bytes else { return nil }
    if let folder {
      var file = try File(place(in: folder, of: photo), console: console)
      try file.write(bytes)
      try file.end()
      return file.path
    }
    try picture?.write(bytes)
    return picture?.path
  }

  /// Where the picture of a photo goes, in the folder for pictures, which is made where it is
  /// missing.
  private func place(in folder: RawPath, of photo: RawPath) throws(OutputError) -> RawPath {
    if !hasFolder {
      do throws(SystemError) {
        try makeFolder(folder)
      } catch {
        throw .cannotCreate(error)
      }
      hasFolder = true
    }
    let usual = folder.appending(names.next(for: photo))
    var path = usual
    while !canReplace(path) { path = folder.appending(names.next(for: photo)) }
    if path != usual {
      console.note(
        "'\(usual.repaired)' is none of this program's pictures, and stays; the picture of "
          + "'\(photo.repaired)' is '\(path.repaired)'")
    }
    return path
  }

  /// Whether there is nothing at `path`, or an empty file, or a picture of an earlier run: anything
  /// else is the user's, such as a photo that only --files-from names.
  private func canReplace(_ path: RawPath) -> Bool {
    guard let status = try? FileStatus(of: path) else { return true }
    guard status.kind == .regular else { return false }
    return status.size == 0 || ExistingImage(at: path)?.isOwnPicture == true
  }

  /// Writes the values of all classes, if they are wanted.
  ///
  /// - Parameter maps: of one size.
  /// - Returns: the file that they go to; nil where they are not wanted.
  func write(maps: [EvidenceMap]) throws(OutputError) -> RawPath? {
    guard let path = array?.path, !maps.isEmpty else { return nil }
    try array?.write(
      path.lowercasedExtension == "json" ? Self.json(maps) : Self.numpy(maps))
    return path
  }

  private static func numpy(_ maps: [EvidenceMap]) -> [UInt8] {
    var bytes = NumPy.header(shape: [maps.count, maps[0].height, maps[0].width])
    for map in maps { bytes += FeatureArrayWriter.littleEndian(map.values) }
    return bytes
  }

  /// A list of the classes' lists of rows.
  private static func json(_ maps: [EvidenceMap]) -> [UInt8] {
    let lists = maps.map { map in
      JSONValue.array(
        (0..<map.height).map { row in
          .array(map.values[row * map.width..<(row + 1) * map.width].map(JSONValue.float))
        })
    }
    return Array((JSONValue.array(lists).text + "\n").utf8)
  }

  func commit() throws(OutputError) {
    try picture?.end()
    try array?.end()
    try text?.commit()
  }

  func abandon() {
    picture?.target.abandon()
    array?.target.abandon()
    text?.abandon()
  }
}

private func writing(_ body: () throws(SystemError) -> Void) throws(OutputError) {
  do throws(SystemError) {
    try body()
  } catch {
    throw error.isBrokenPipe ? .closedPipe : .cannotWrite(error)
  }
}
