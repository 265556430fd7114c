public import JSON
public import System
import Tensors
import WeightFiles

/// The folder beside the output in which a training run keeps what it needs to go on, and what it
/// reports. Every file is written whole or not at all.
public struct TrainingFolder: Sendable {
  public let path: RawPath

  public init(_ path: RawPath) { self.path = path }

  private var checkpointFile: RawPath { path.appending("checkpoint.safetensors") }
  private var bestFile: RawPath { path.appending("best.safetensors") }
  private var runFile: RawPath { path.appending("run.json") }

  /// Creates the folder, removes what an earlier run left there, and notes how this run was begun.
  ///
  /// - Throws: ``TrainingError/file(_:)``.
  public func begin(_ run: JSONValue) throws(TrainingError) {
    do throws(SystemError) {
      try makeFolder(path)
      for file in [checkpointFile, bestFile] where Self.exists(file) {
        try removeFile(file)
      }
    } catch {
      throw .file(error)
    }
    try write(runFile, Array((run.text + "\n").utf8))
  }

  /// Checks that a run that goes on has the data and settings of the one that was begun.
  ///
  /// - Throws: ``TrainingError/otherRun(folder:differences:)`` naming what differs,
  ///   ``TrainingError/noCheckpoint(folder:)`` where nothing was begun.
  public func check(_ run: JSONValue) throws(TrainingError) {
    guard Self.exists(runFile), Self.exists(checkpointFile) else {
      throw .noCheckpoint(folder: path)
    }
    let begun: JSONValue
    do {
      begun = try JSONValue.parse(
        String(decoding: try readFile(runFile, limit: 1 << 24), as: UTF8.self))
    } catch let error as SystemError {
      throw .file(error)
    } catch {
      throw .damaged(file: runFile, reason: "\(error)")
    }
    let differences = Self.differences(begun, run, name: "")
    guard differences.isEmpty else {
      throw .otherRun(folder: path, differences: differences)
    }
  }

  private static func differences(
    _ before: JSONValue, _ now: JSONValue, name: String
  ) -> [String] {
    guard case .object(let old) = before, case .object(let new) = now else {
      return before.text == now.text
        ? [] : ["\(name) was \(before.text), and is now \(now.text)"]
    }
    var names = old.map(\.name)
    names += new.map(\.name).filter { !names.contains($0) }
    return names.flatMap { member in
      differences(
        before[member] ?? .null, now[member] ?? .null,
        name: name.isEmpty ? member : "\(name).\(member)")
    }
  }

  // MARK: Checkpoints

  private static let positionEntry = "position"

  func saveCheckpoint(
    _ position: TrainingPosition, _ state: [String: [Float]]
  ) throws(TrainingError) {
    try save(checkpointFile, state, metadata: [Self.positionEntry: position.json.compactText])
  }

  /// Nil where there is none.
  func loadCheckpoint() throws(TrainingError)
    -> (position: TrainingPosition, state: [String: [Float]])?
  {
    guard let file = try load(checkpointFile) else { return nil }
    guard let text = file.metadata[Self.positionEntry], let json = try? JSONValue.parse(text),
      let position = TrainingPosition(json: json)
    else { throw .damaged(file: checkpointFile, reason: "it does not say how far training was") }
    return (position, file.state)
  }

  /// How many epochs were over at the checkpoint.
  ///
  /// - Throws: ``TrainingError``.
  public func epochsDone() throws(TrainingError) -> Int {
    try loadCheckpoint()?.position.epochsDone ?? 0
  }

  // MARK: The best network

  func saveBest(_ parameters: [String: [Float]]) throws(TrainingError) {
    try save(bestFile, parameters, metadata: [:])
  }

  /// The weights and biases of the best network so far.
  ///
  /// - Throws: ``TrainingError``, also where there is none.
  public func loadBest() throws(TrainingError) -> [String: [Float]] {
    guard let file = try load(bestFile) else { throw .noCheckpoint(folder: path) }
    return file.state
  }

  /// Removes checkpoints and the best network, which nobody needs after the end.
  public func removeCheckpoints() throws(TrainingError) {
    do throws(SystemError) {
      for file in [checkpointFile, bestFile] where Self.exists(file) {
        try removeFile(file)
      }
    } catch {
      throw .file(error)
    }
  }

  // MARK: Files

  /// Whether there is a file. One that cannot be examined cannot be used either.
  private static func exists(_ file: RawPath) -> Bool { (try? FileStatus(of: file)) != nil }

  /// Writes a file in the folder, whole or not at all. It replaces one of this name.
  public func write(_ name: String, _ bytes: [UInt8]) throws(TrainingError) {
    try write(path.appending(name), bytes)
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
    _ path: RawPath, _ state: [String: [Float]], metadata: [String: String]
  ) throws(TrainingError) {
    var tensors: [NamedTensor] = []
    for (name, values) in state.sorted(by: { $0.key < $1.key }) {
      do throws(TensorError) {
        tensors.append(NamedTensor(name: name, tensor: try Tensor(values, shape: [values.count])))
      } catch {
        throw .damaged(file: path, reason: error.description)
      }
    }
    do throws(SystemError) {
      let output = try AtomicFile(path)
      try Safetensors.write(WeightFile(tensors: tensors, metadata: metadata)) {
        (bytes) throws(SystemError) in try output.write(bytes)
      }
      try output.commit()
    } catch {
      throw .file(error)
    }
  }

  private func load(_ path: RawPath) throws(TrainingError)
    -> (metadata: [String: String], state: [String: [Float]])?
  {
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
      let file = try Safetensors.read(storage)
      var state: [String: [Float]] = [:]
      for named in file.tensors { state[named.name] = try named.tensor.floats() }
      return (file.metadata, state)
    } catch {
      throw .damaged(file: path, reason: "\(error)")
    }
  }
}
