public import Network
public import System

/// Why a network cannot be trained.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// There is no way to train this layer.
  case notTrainable(layer: String)
  /// Weights or biases are missing, or their number is wrong.
  case missingParameters(layer: String)
  /// Weights do not fit the network, or it cannot run in 8 bits.
  case network(NetworkError)
  /// The loss explodes even at a tiny learning rate.
  case diverged
  /// A file of the training folder cannot be written or read.
  case file(SystemError)
  /// A file of the training folder is damaged.
  case damaged(file: RawPath, reason: String)
  /// There is nothing to go on from.
  case noCheckpoint(folder: RawPath)
  /// The interrupted run had other data or settings: the names of what differs.
  case otherRun(folder: RawPath, differences: [String])
  /// Another run writes to the folder now.
  case inUse(folder: RawPath)

  /// There is no picture to show.
  case noPreview(String)
  /// The learning curves cannot be written as a picture.
  case noCurves(String)

  public var description: String {
    switch self {
    case .notTrainable(let layer): "layer \(layer) cannot be trained"
    case .missingParameters(let layer):
      "the weights or biases of layer \(layer) are missing, or their number is wrong"
    case .network(let error): error.description
    case .diverged:
      "the loss explodes even at a tiny learning rate: try a larger --batch, or begin with another "
        + "model; many photos may be in the folder of another class"
    case .noPreview(let reason): "there is no picture to show: \(reason)"
    case .noCurves(let reason): "the learning curves cannot be drawn: \(reason)"
    case .file(let error): error.description
    case .inUse(let folder):
      "another training writes to \(folder.repaired) now; wait for its end, "
        + "or choose another output"
    case .damaged(let file, let reason): "\(file.repaired) is damaged: \(reason)"
    case .noCheckpoint(let folder):
      "there is no interrupted training in \(folder.repaired); leave out --resume to begin"
    case .otherRun(let folder, let differences):
      "the training in \(folder.repaired) was begun with other settings or data: "
        + differences.joined(separator: "; ")
        + " (give the same ones, or leave out --resume to start again)"
    }
  }
}
