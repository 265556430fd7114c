import Explanation
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
  private let text: ResultOutput?
  private let folder: RawPath?
  private var picture: File?
  private var array: File?
  /// The names in the folder that this run has used.
  private var names: Set<[UInt8]> = []

  /// A file that is opened at the beginning, and gets its name at the end if it was written.
  private struct File {
    let path: RawPath
    let target: any OutputTarget
    var isWritten = false

    init(_ path: RawPath) throws(OutputError) {
      self.path = path
      do throws(SystemError) {
        target = try openOutput(path)
      } catch {
        throw .cannotCreate(error)
      }
    }

    mutating func write(_ bytes: [UInt8]) throws(OutputError) {
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
    text = isSilent ? nil : ResultOutput(console: console)
    switch pictures {
    case .none: folder = nil
    case .file(let path):
      folder = nil
      picture = try File(path)
    case .folder(let path):
      folder = path
      do throws(SystemError) {
        try makeFolder(path)
      } catch {
        throw .cannotCreate(error)
      }
    }
    self.array = try array.map { path throws(OutputError) in try File(path) }
  }

  var wantsColor: Bool { text?.wantsColor ?? false }

  func write(_ line: String) throws(OutputError) { try text?.write(line) }

  /// Writes the picture of a photo.
  ///
  /// - Returns: the file that it goes to; nil where no picture is wanted.
  func write(picture bytes: [UInt8]?, of photo: RawPath) throws(OutputError) -> RawPath? {
    guard let bytes else { return nil }
    if let folder {
      var file = try File(folder.appending(name(for: photo)))
      try file.write(bytes)
      try file.end()
      return file.path
    }
    try picture?.write(bytes)
    return picture?.path
  }

  /// A name in the folder that this run has not used yet.
  private func name(for photo: RawPath) -> [UInt8] {
    var stem = Array(photo.lastComponent)
    if let dot = stem.lastIndex(of: UInt8(ascii: ".")), dot > 0 { stem.removeSubrange(dot...) }
    if photo == "-" { stem = Array("standard-input".utf8) }
    var number = 1
    while true {
      let name = stem + Array((number == 1 ? ".png" : "-\(number).png").utf8)
      if names.insert(name).inserted { return name }
      number += 1
    }
  }

  /// Writes the values of all classes, if they are wanted.
  ///
  /// - Parameter maps: of one size.
  /// - Returns: the file that they go to; nil where they are not wanted.
  func write(maps: [EvidenceMap]) throws(OutputError) -> RawPath? {
    guard array != nil, let first = maps.first else { return nil }
    var bytes = NumPy.header(shape: [maps.count, first.height, first.width])
    for map in maps { bytes += FeatureArrayWriter.littleEndian(map.values) }
    try array?.write(bytes)
    return array?.path
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
