public import System
import WeightFiles

/// A file for a model, made before the model is: what cannot be written is said before the work.
///
/// It appears when it has been written whole; without that, nothing of it remains. A device or a FIFO
/// is written as it is, never replaced.
public struct NewModelFile {
  /// What the model is called in the library; nil for a file elsewhere.
  public let name: String?
  private let output: any OutputTarget

  init(_ path: RawPath, name: String? = nil) throws(ModelError) {
    self.name = name
    do {
      output = try openOutput(path)
    } catch {
      throw .unwritable(error)
    }
  }

  /// Writes a model, and returns the file's size. To be called once.
  ///
  /// - Parameter stop: ends it early when raised.
  /// - Throws: ``ModelError``; then there is no new file.
  public func write(
    _ model: ConvertedModel, stop: StopFlag? = nil
  ) throws(ModelError) -> Int {
    try write(model.weights, stop: stop)
  }

  func write(_ weights: WeightFile, stop: StopFlag?) throws(ModelError) -> Int {
    var weights = weights
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
      throw error == .stopped ? .interrupted : .notWritten(error)
    }
  }
}

extension ModelLibrary {
  /// A file for a model outside the library.
  ///
  /// - Throws: ``ModelError``.
  public func newFile(at path: RawPath) throws(ModelError) -> NewModelFile {
    try NewModelFile(path)
  }

  /// A file for a model of the library.
  ///
  /// - Throws: ``ModelError`` for a name that cannot be, or that a model has already.
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
