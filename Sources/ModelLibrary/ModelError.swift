public import JSON
public import Network
public import System
public import WeightFiles

/// Why a model could not be opened.
public enum ModelError: Error, Equatable, CustomStringConvertible {
  /// Neither a known model nor a file has this name.
  case unknownName(String, known: [String])
  /// A model of the catalogue that has not been fetched yet.
  case notInstalled(String)
  /// What was asked for makes no sense for the model that is compiled into the program.
  case builtIn(String)
  /// A model of that name is there already.
  case alreadyInstalled(String)
  /// No model may have that name.
  case badName(String)
  /// The environment names no folder for models.
  case noHome
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
  /// The weights are in compact form, and were to be brought into it.
  case alreadyCompact(file: String)
  /// The weights are in 8 bits, and were to be brought into them, or into compact form.
  case alreadyQuantized(file: String)
  /// A description of a model is no JSON object.
  case badDescription(file: String, JSONError?)
  /// A list of class names cannot be used.
  case badLabels(file: String, reason: String)
  /// What a user said about preprocessing cannot be read.
  case badPreprocessing(String)
  /// The address of a mirror is none.
  case badMirror(String)
  /// Something has to be fetched, and that is forbidden.
  case offline(name: String)
  /// No address gave the file: each with its reason.
  case downloadFailed(name: String, [FailedAddress])
  /// A file is not the one that it should be.
  case wrongDigest(file: String, expected: Digest, found: Digest)
  /// The user or a signal ended it.
  case interrupted
  /// The new file cannot be written.
  case unwritable(SystemError)
  /// Writing the new file failed half-way, as it does on a full disk; none of it remains.
  case notWritten(SystemError)
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
    /// There is no image where some were to be.
    case noInput
    /// A new file cannot be written.
    case cannotWrite
    /// The disk is full, or gave an error.
    case writeFailed
    /// What was asked for makes no sense.
    case usage
    case interrupted
  }

  public var kind: Kind {
    switch self {
    case .unknownName, .notInstalled, .unreadable, .noHome, .offline, .downloadFailed:
      .unavailable
    case .noPictures: .noInput
    case .damaged, .badMetadata, .notAlexNet, .unlabelled, .alreadyCompact, .alreadyQuantized,
      .badDescription, .badLabels, .wrongDigest, .notCalibrated:
      .badFile
    case .unwritable(let error): error.isFromWriting ? .writeFailed : .cannotWrite
    case .notWritten: .writeFailed
    case .alreadyInstalled: .cannotWrite
    case .builtIn, .badName, .badMirror, .badPreprocessing: .usage
    case .interrupted: .interrupted
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
    case .notInstalled(let name):
      "the model '\(name)' is not installed; alexnet model pull \(name) fetches it"
    case .builtIn(let name):
      "'\(name)' is compiled into the program: it has no file of its own"
    case .alreadyInstalled(let name):
      "there is a model '\(name)' already; alexnet model remove \(name) removes it"
    case .badName(let name):
      "no model can be called '\(name)': names have letters, digits, dots, hyphens and underlines"
    case .noHome:
      "there is no folder for models: neither ALEXNET_HOME nor HOME is set"
    case .unreadable(let error), .unwritable(let error), .notWritten(let error):
      "\(error)"
    case .damaged(let file, let error):
      "\(file): \(error)"
    case .badMetadata(let file, let entry, let reason):
      "\(file): its metadata entry '\(entry)' cannot be used: \(reason)"
    case .notAlexNet(let file, let error):
      "\(file): \(error)"
    case .unlabelled(let file, let classes):
      "\(file): it has \(classes) classes and does not name them; --labels names a file that does"
    case .badLabels(let file, let reason):
      "\(file): \(reason)"
    case .badPreprocessing(let reason):
      "--preprocess cannot be used: \(reason)"
    case .badMirror(let mirror):
      "ALEXNET_MIRROR is no http, https or file URL: \(mirror)"
    case .offline(let name):
      "the model '\(name)' would have to be fetched, and ALEXNET_OFFLINE forbids it"
    case .downloadFailed(let name, let addresses):
      "the model '\(name)' could not be fetched:"
        + addresses.map { "\n  \($0.address): \($0.reason)" }.joined()
    case .wrongDigest(let file, let expected, let found):
      "\(file): its digest is wrong:\n  expected \(expected)\n  found    \(found)"
    case .interrupted:
      "interrupted"
    case .alreadyCompact(let file):
      "\(file): it is in compact form already; take the weights that it was made from"
    case .alreadyQuantized(let file):
      "\(file): it is in 8 bits already; take the weights that it was made from"
    case .badDescription(let file, let error):
      "\(file): it is no JSON object" + (error.map { ": \($0)" } ?? "")
    }
  }
}

/// An address that did not give a file, and why.
public struct FailedAddress: Sendable, Equatable {
  public let address: String
  public let reason: String

  public init(address: String, reason: String) {
    self.address = address
    self.reason = reason
  }
}
