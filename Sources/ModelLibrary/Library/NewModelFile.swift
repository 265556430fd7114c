public import System
import WeightFiles

/// A file for a new model. It is created before the model is computed, so that a path that cannot
/// be written is reported early.
///
/// The file gets its name when it is complete. If it is never completed, nothing of it remains. A
/// device or a FIFO is written directly and never replaced.
public struct NewModelFile {
  /// The name of the model in the library; nil for a file elsewhere.
  public let name: String?
  private let output: any OutputTarget

  /// Why the file is written in place instead of being replaced when it is complete; nil if it is
  /// replaced.
  public var inPlaceReason: String? { output.inPlaceReason }

  init(_ path: RawPath, name: String? = nil) throws(ModelError) {
    self.name = name
    do {
      output = try name == nil ? openOutput(path) : AtomicFile(path, isNew: true)
    } catch {
      if let name, error.isExistingFile { throw .alreadyInstalled(name) }
      throw error == .stopped ? .interrupted : .unwritable(error)
    }
  }

  /// Writes a model, and returns the size of the file in bytes. Call it once only.
  ///
  /// - Parameter stop: ends the writing early when raised.
  /// - Throws: ``ModelError``. In that case, there is no new file.
  public func write(
    _ model: ConvertedModel, stop: StopFlag? = nil
  ) throws(ModelError) -> Int {
    try write(model.weights, stop: stop)
  }

  func write(_ weights: WeightFile, stop: StopFlag?) throws(ModelError) -> Int {
    var weights = weights
    weights.metadata[Safetensors.markerEntry] = "1"
    if let name {
      weights.metadata["name"] = name
      weights.metadata[ModelLibrary.dataDigestEntry] = ModelLibrary.dataDigest(of: weights)
    }
    do throws(SystemError) {
      var size = 0
      try Safetensors.write(weights) { (bytes) throws(SystemError) in
        if stop?.isRaised == true { throw .stopped }
        try output.write(bytes)
        size += bytes.count
      }
      if stop?.isRaised == true { throw .stopped }
      try output.commit()
      return size
    } catch {
      output.abandon()
      if let name, error.isExistingFile { throw .alreadyInstalled(name) }
      throw error == .stopped ? .interrupted : .notWritten(error)
    }
  }
}

extension ModelLibrary {
  /// Creates a file for a model outside the library.
  ///
  /// - Throws: ``ModelError``.
  public func newFile(at path: RawPath) throws(ModelError) -> NewModelFile {
    try NewModelFile(path)
  }

  /// Creates a file for a model of the library.
  ///
  /// - Throws: ``ModelError`` for a name that is not allowed or that another model has.
  public func newModel(named name: String) throws(ModelError) -> NewModelFile {
    guard LibraryHome.isValid(name: name) else { throw .badName(name) }
    guard try installedModel(named: name) == nil else { throw .alreadyInstalled(name) }
    let home = try requireHome()
    do {
      try makeFolder(home.models)
    } catch {
      throw .unwritable(error)
    }
    return try NewModelFile(home.modelFile(name), name: name)
  }
}
