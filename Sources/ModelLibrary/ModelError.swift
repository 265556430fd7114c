public import Network
public import System
public import WeightFiles

/// Why a model could not be opened.
public enum ModelError: Error, Equatable, CustomStringConvertible {
  /// Neither a known model nor a file has this name.
  case unknownName(String, known: [String])
  /// The file cannot be opened.
  case unreadable(SystemError)
  /// The bytes of the file are not what its format asks for.
  case damaged(file: String, WeightFileError)
  /// A metadata entry of the file says something that cannot be.
  case badMetadata(file: String, entry: String, reason: String)
  /// The weights fit no variant: every tensor that is missing, unexpected or misshapen.
  case notAlexNet(file: String, NetworkError)
  /// Nothing says what the outputs stand for.
  case unlabelled(file: String, classes: Int)
  /// The file is in the form that it was to be brought into.
  case alreadyCompact(file: String)
  /// A description of a model is no JSON object.
  case badDescription(file: String, JSONError?)
  /// The new file cannot be written.
  case unwritable(SystemError)
  /// 8 bits were asked for, and the file does not say how large its activations get.
  case notCalibrated(String)
  /// A folder to calibrate on has no image that can be read.
  case noPictures(folder: String)

  /// What the failure means for whoever asked.
  public enum Kind: Sendable {
    /// There is a file, and it is damaged or holds no AlexNet.
    case badFile
    /// The model is not there, or cannot be read.
    case unavailable
    /// A new file cannot be written.
    case cannotWrite
  }

  public var kind: Kind {
    switch self {
    case .unknownName, .unreadable, .noPictures: .unavailable
    case .damaged, .badMetadata, .notAlexNet, .unlabelled, .alreadyCompact, .badDescription,
      .notCalibrated:
      .badFile
    case .unwritable: .cannotWrite
    }
  }

  public var description: String {
    switch self {
    case .unknownName(let name, let known):
      "there is no model '\(name)', and no file of that name; there is "
        + known.joined(separator: ", ")
    case .notCalibrated(let name):
      "the model \(name) does not say how large its activations get, which 8 bits need: "
        + "'alexnet model quantize' measures them and writes an 8-bit model"
    case .noPictures(let folder):
      "\(folder): there is no image to calibrate on"
    case .unreadable(let error), .unwritable(let error):
      "\(error)"
    case .damaged(let file, let error):
      "\(file): \(error)"
    case .badMetadata(let file, let entry, let reason):
      "\(file): its metadata entry '\(entry)' cannot be used: \(reason)"
    case .notAlexNet(let file, let error):
      "\(file): \(error)"
    case .unlabelled(let file, let classes):
      "\(file): it has \(classes) classes and does not name them"
    case .alreadyCompact(let file):
      "\(file): it is in compact form already"
    case .badDescription(let file, let error):
      "\(file): it is no JSON object" + (error.map { ": \($0)" } ?? "")
    }
  }
}
