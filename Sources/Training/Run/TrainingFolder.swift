public import JSON
public import System
import Tensors
import WeightFiles

/// The folder beside the output in which a training run keeps what it needs to go on, and what it
/// reports. Every file is written whole or not at all.
public struct TrainingFolder: Sendable {
  public let path: RawPath

  public init(_ path: RawPath) { self.path = path }

  /// The files in which a run reports.
  public enum Report: String, CaseIterable {
    case log = "log.jsonl"
    case curves = "curves.svg"
    case curvesPicture = "curves.png"
    case mistakes = "worst.jsonl"
    case mistakesPicture = "worst.png"
  }

  /// What is added to the path of the output.
  public static let suffix = ".training"

  /// Whether a training wrote this folder.
  static func isOne(_ path: RawPath) -> Bool {
    path.bytes.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
      && exists(TrainingFolder(path).runFile)
  }

  /// The checkpoint to which steps are taken back.
  private var checkpointFile: RawPath { path.appending("checkpoint.safetensors") }
  /// A later one, to which steps are not taken back.
  private var interimFile: RawPath { path.appending("interim.safetensors") }
  private var runFile: RawPath { path.appending("run.json") }
  private var lockFile: RawPath { path.appending(".lock") }
  private var unpackedPhoto: RawPath { path.appending("photo.unpacked") }

  /// Whether the folder holds files, and no training has written there.
  ///
  /// - Throws: ``TrainingError/file(_:)`` where it cannot be listed.
  public func isOfOthers() throws(TrainingError) -> Bool {
    do throws(SystemError) {
      guard Self.exists(runFile) else { return try hasVisibleEntries(path) }
      let text = try runText()
      // A damaged one does not prevent a new training.
      return (try? JSONValue.parse(text)).map { $0["settings"] == nil } ?? false
    } catch {
      throw .file(error)
    }
  }

  /// Keeps other runs out of the folder, which is created if it does not exist, and removes the
  /// temporary files that a killed run left there.
  ///
  /// - Returns: the lock, which is released when it goes out of scope.
  /// - Throws: ``TrainingError/inUse(folder:)`` where another run holds the lock, and
  ///   ``TrainingError/file(_:)``.
  public func lock() throws(TrainingError) -> FileLock {
    do throws(SystemError) {
      if let lock = try cleanWithLock() { return lock }
    } catch {
      throw .file(error)
    }
    throw .inUse(folder: path)
  }

  private func cleanWithLock() throws(SystemError) -> FileLock? {
    try makeFolder(path)
    guard let lock = try FileLock.withoutWaiting(lockFile) else { return nil }
    try removeTemporaryFiles(in: path)
    if Self.exists(unpackedPhoto) { try removeFile(unpackedPhoto) }
    return lock
  }

  /// Creates the folder, removes what an earlier run left there, and notes how this run was begun.
  /// From then on it can be resumed.
  ///
  /// - Throws: ``TrainingError``.
  public func begin(_ run: JSONValue) throws(TrainingError) {
    do throws(SystemError) {
      try makeFolder(path)
    } catch {
      throw .file(error)
    }
    try removeCheckpoints()
    // This run may have nothing to report in some of them.
    try remove(Report.allCases.map { path.appending($0.rawValue) })
    try write(runFile, Array((run.text + "\n").utf8))
    try saveCheckpoint(TrainingPosition(), [])
  }

  /// Whether a run was begun here that is not over.
  public var hasCheckpoint: Bool { Self.exists(runFile) && Self.exists(checkpointFile) }

  /// Checks that a run that goes on has the data and settings of the one that was begun.
  ///
  /// - Throws: ``TrainingError/otherRun(folder:differences:)`` naming what differs,
  ///   ``TrainingError/noCheckpoint(folder:)`` where nothing was begun.
  public func check(_ run: JSONValue) throws(TrainingError) {
    guard hasCheckpoint else { throw .noCheckpoint(folder: path) }
    let begun: JSONValue
    do {
      begun = try JSONValue.parse(try runText())
    } catch let error as SystemError {
      throw .file(error)
    } catch {
      throw .damaged(file: runFile, reason: "\(error)")
    }
    let differences = JSONValue.differences(from: begun, to: run)
    guard differences.isEmpty else {
      throw .otherRun(folder: path, differences: differences)
    }
  }

  /// How the run was begun, as text.
  private func runText() throws(SystemError) -> String {
    String(decoding: try readFile(runFile, limit: 1 << 28), as: UTF8.self)
  }

  // MARK: Checkpoints

  private static let positionEntry = "position"

  /// How far a run was, and with which values.
  struct Checkpoint {
    let position: TrainingPosition
    /// Everything that training needs to go on; empty before the first step of a stage.
    let state: [String: [Float]]
    let file: RawPath
  }

  /// Saves the checkpoint to which steps are taken back, and then removes older ones, and the best
  /// networks that it does not refer to.
  ///
  /// - Parameter state: everything that training needs to go on; empty before the first step.
  func saveCheckpoint(
    _ position: TrainingPosition, _ state: [NamedValues]
  ) throws(TrainingError) {
    try save(position, state, to: checkpointFile)
    try remove([interimFile])
    try removeBests(except: [position.best])
  }

  /// Saves a checkpoint beside that to which steps are taken back, and then removes the best
  /// networks to which neither refers.
  func saveInterim(
    _ position: TrainingPosition, _ state: [NamedValues]
  ) throws(TrainingError) {
    try save(position, state, to: interimFile)
    let other = try opened(checkpointFile)?.position.best ?? position.best
    try removeBests(except: [position.best, other])
  }

  private func removeBests(except numbers: Set<Int>) throws(TrainingError) {
    let kept = numbers.map { path.appending(Self.bestName($0)) }
    try remove(try bestFiles().filter { !kept.contains($0) })
  }

  private func save(
    _ position: TrainingPosition, _ state: [NamedValues], to file: RawPath
  ) throws(TrainingError) {
    try save(file, state, metadata: [Self.positionEntry: position.json.compactText])
  }

  /// The latest checkpoint; nil where there is none.
  func latestCheckpoint() throws(TrainingError) -> Checkpoint? { try loaded(try latest()) }

  /// The checkpoint to which steps are taken back; nil where there is none.
  func checkpoint() throws(TrainingError) -> Checkpoint? {
    try loaded(try opened(checkpointFile))
  }

  /// The file of a checkpoint whose values have not been read yet.
  private struct CheckpointFile {
    let path: RawPath
    let content: WeightFile
    let position: TrainingPosition
  }

  private func loaded(_ file: CheckpointFile?) throws(TrainingError) -> Checkpoint? {
    guard let file else { return nil }
    return Checkpoint(
      position: file.position, state: try state(file.content, file.path), file: file.path)
  }

  private func latest() throws(TrainingError) -> CheckpointFile? {
    guard let checkpoint = try opened(checkpointFile) else { return nil }
    // A run that was killed before it removed it leaves an older one.
    guard let interim = try opened(interimFile), interim.position.isAtOrAfter(checkpoint.position)
    else { return checkpoint }
    return interim
  }

  private func opened(_ path: RawPath) throws(TrainingError) -> CheckpointFile? {
    guard let content = try open(path) else { return nil }
    guard let text = content.metadata[Self.positionEntry],
      let json = try? JSONValue.parse(metadata: text),
      let position = TrainingPosition(json: json)
    else { throw .damaged(file: path, reason: "it does not say how far training was") }
    return CheckpointFile(path: path, content: content, position: position)
  }

  /// How many epochs were over at the latest checkpoint.
  ///
  /// - Throws: ``TrainingError``.
  public func epochsDone() throws(TrainingError) -> Int { try latest()?.position.epochsDone ?? 0 }

  // MARK: The best network

  private static let bestExtension = "safetensors"

  /// The file of the best network of this number. Every best network has a file of its own, so that
  /// the one that a checkpoint refers to stays as it is until the next checkpoint is complete.
  private static func bestName(_ number: Int) -> String {
    number == 0 ? "best.\(bestExtension)" : "best-\(number).\(bestExtension)"
  }

  private func bestFiles() throws(TrainingError) -> [RawPath] {
    do throws(SystemError) {
      // Other files may belong to the user.
      return try FolderListing(of: path, extensions: [Self.bestExtension]).files
        .filter { file in
          let number = file.repaired.split { !$0.isNumber }.first.flatMap { Int($0) }
          return file.repaired == Self.bestName(number ?? 0)
        }
        .map { path.appending($0.bytes) }
    } catch {
      throw .file(error)
    }
  }

  func saveBest(_ number: Int, _ parameters: [String: [Float]]) throws(TrainingError) {
    try save(
      path.appending(Self.bestName(number)), parameters.map { NamedValues($0, $1) }, metadata: [:])
  }

  /// The weights and biases of the best network of this number.
  ///
  /// - Throws: ``TrainingError``, also where there is none.
  func loadBest(_ number: Int) throws(TrainingError) -> [String: [Float]] {
    let best = path.appending(Self.bestName(number))
    guard let file = try open(best) else {
      throw .damaged(file: best, reason: "it is no longer there")
    }
    return try state(file, best)
  }

  /// Removes the checkpoints and then the best networks, which nobody needs after the end.
  ///
  /// - Throws: ``TrainingError/file(_:)``.
  public func removeCheckpoints() throws(TrainingError) {
    try remove([checkpointFile, interimFile] + bestFiles())
  }

  // MARK: Files

  private func remove(_ files: [RawPath]) throws(TrainingError) {
    do throws(SystemError) {
      for file in files where Self.exists(file) { try removeFile(file) }
    } catch {
      throw .file(error)
    }
  }

  /// Whether there is a file. One that cannot be examined cannot be used either.
  private static func exists(_ file: RawPath) -> Bool { (try? FileStatus(of: file)) != nil }

  /// Adds to a file in the folder, which is made if there is none.
  ///
  /// - Throws: ``TrainingError/file(_:)``.
  func append(_ name: String, _ bytes: [UInt8]) throws(TrainingError) {
    do throws(SystemError) {
      var file = try AppendingFile(path.appending(name))
      try file.append(bytes.span)
    } catch {
      throw .file(error)
    }
  }

  /// Writes a report, whole or not at all. It replaces an older one.
  public func write(_ report: Report, _ bytes: [UInt8]) throws(TrainingError) {
    try write(report.rawValue, bytes)
  }

  /// Writes a file in the folder, whole or not at all. It replaces one of this name.
  public func write(_ name: String, _ bytes: [UInt8]) throws(TrainingError) {
    try write(path.appending(name), bytes)
  }

  /// Calls `body` with the path of a file that holds a photo. A member of a tar file is unpacked
  /// for that, and the file is removed afterwards. For a photo that can no longer be read, `body`
  /// is not called.
  ///
  /// - Parameter limit: bytes that a photo may have.
  /// - Throws: ``TrainingError/file(_:)`` where the file cannot be written.
  public func withFile(
    of photo: Photo, limit: Int, _ body: (RawPath) -> Void
  ) throws(TrainingError) {
    guard case .member = photo.content else {
      if case .file(let path) = photo.content { body(path) }
      return
    }
    var bytes: [UInt8] = []
    guard let count = try? photo.content.read(into: &bytes, limit: limit) else { return }
    try write(unpackedPhoto, Array(bytes[..<count]))
    body(unpackedPhoto)
    try remove([unpackedPhoto])
  }

  /// The lines of a file of the folder; none where it cannot be read.
  func lines(of name: String) -> [String] {
    // A log that is lost costs no result.
    guard let bytes = try? readFile(path.appending(name), limit: 1 << 28) else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  private func write(_ file: RawPath, _ bytes: [UInt8]) throws(TrainingError) {
    do throws(SystemError) {
      let output = try AtomicFile(file)
      try output.write(bytes.span)
      try output.commit()
    } catch {
      throw .file(error)
    }
  }

  private func save(
    _ path: RawPath, _ state: [NamedValues], metadata: [String: String]
  ) throws(TrainingError) {
    let state = state.sorted { $0.name < $1.name }
    do throws(SystemError) {
      let output = try AtomicFile(path)
      let entries = state.map { Safetensors.HeaderEntry($0.name, .float32, [$0.count]) }
      try output.write(Safetensors.header(entries, metadata: metadata).span)
      for named in state {
        for first in stride(from: 0, to: named.count, by: Self.valuesWritten) {
          let part = first..<min(first + Self.valuesWritten, named.count)
          try withLittleEndianBytes(of: named.values(part)) { (bytes) throws(SystemError) in
            try output.write(bytes)
          }
        }
      }
      try output.commit()
    } catch {
      throw .file(error)
    }
  }

  /// How many values are copied and written at a time, so that their copy stays in the cache.
  private static let valuesWritten = 1 << 16

  /// Opens a file of tensors; nil where there is none.
  private func open(_ path: RawPath) throws(TrainingError) -> WeightFile? {
    guard Self.exists(path) else { return nil }
    let mapped: MappedFile
    do throws(SystemError) {
      mapped = try MappedFile(path)
    } catch {
      throw .file(error)
    }
    // SAFETY: the storage keeps `mapped` alive, and with it the mapping.
    let storage = unsafe Storage(viewing: mapped.bytes, owner: mapped)
    do {
      return try Safetensors.read(storage)
    } catch {
      throw .damaged(file: path, reason: "\(error)")
    }
  }

  /// The values of all tensors, by name.
  private func state(
    _ file: WeightFile, _ path: RawPath
  ) throws(TrainingError) -> [String: [Float]] {
    var state: [String: [Float]] = [:]
    do {
      for named in file.tensors { state[named.name] = try named.tensor.floats() }
    } catch {
      throw .damaged(file: path, reason: "\(error)")
    }
    return state
  }
}
