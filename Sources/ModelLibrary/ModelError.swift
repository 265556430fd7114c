public import JSON
public import Network
public import System
public import WeightFiles

/// Why a model could not be opened, fetched, converted or written.
public enum ModelError: Error, Equatable, CustomStringConvertible {
  /// Neither a known model nor a file has this name.
  case unknownName(String, known: [String])
  /// A model of the catalogue that has not been fetched yet.
  case notInstalled(String)
  /// The request makes no sense for the model that is compiled into the program.
  case builtIn(String)
  /// A model of that name is installed already.
  case alreadyInstalled(String)
  /// A name that models must not have.
  case badName(String)
  /// The environment does not say where models are.
  case noHome
  /// The file cannot be opened.
  case unreadable(SystemError)
  /// The bytes of the file do not follow its format.
  case damaged(file: String, WeightFileError)
  /// A metadata entry of the file cannot be used.
  case badMetadata(file: String, entry: String, reason: String)
  /// The weights fit no known architecture. The error lists every tensor that is missing,
  /// unexpected or of the wrong shape.
  case notAlexNet(file: String, NetworkError)
  /// Weights are NaN or infinite. Each tensor is one line.
  case notFinite(file: String, tensors: [String])
  /// The network has one output, so that its softmax would always be 100%.
  case oneOutput(file: String)
  /// Neither the file nor the user names the classes.
  case unlabelled(file: String, classes: Int)
  /// The model cannot be compressed, because it is already in compact form.
  case alreadyCompact(file: String)
  /// The model cannot be quantised or compressed, because it is already in 8 bits.
  case alreadyQuantized(file: String)
  /// A file with metadata is not a JSON object.
  case badDescription(file: String, JSONError?)
  /// A list of class names cannot be opened.
  case noLabels(SystemError)
  /// A list of class names cannot be used.
  case badLabels(file: String, reason: String)
  /// The user's description of the preprocessing cannot be used.
  case badPreprocessing(String)
  /// The address of the mirror is not a URL that can be used.
  case badMirror(String)
  /// The model must be fetched, but fetching is forbidden.
  case offline(name: String)
  /// Every address failed; each is given with its reason.
  case downloadFailed(name: String, [FailedAddress])
  /// The digest of a file is not the expected one.
  case wrongDigest(file: String, expected: Digest, found: Digest)
  /// The user or a signal ended the work.
  case interrupted
  /// The new file cannot be written.
  case unwritable(SystemError)
  /// Writing the new file failed half-way, for example because the disk is full. Nothing of the
  /// file remains.
  case notWritten(SystemError)
  /// The model cannot compute in 8 bits, because its file has no activation ranges.
  case notCalibrated(String)
  /// The folder with calibration images has no image that can be read. If the folder itself cannot
  /// be read, the error has the reason.
  case noImages(folder: String, reason: SystemError?)
  /// A layer was named that is not a fully connected layer of the network.
  case unknownLayer(String, known: [String])

  /// What kind of failure it is, which decides the exit code.
  public enum Kind: Sendable {
    /// There is a file, but it is damaged or does not hold an AlexNet.
    case badFile
    /// The model is not there, or cannot be read.
    case unavailable
    /// There is no image in the input.
    case noInput
    /// A new file cannot be written.
    case cannotWrite
    /// The disk is full or reported an error.
    case writeFailed
    /// The request makes no sense.
    case usage
    case interrupted
  }

  public var kind: Kind {
    switch self {
    case .unknownName, .notInstalled, .unreadable, .noHome, .offline, .downloadFailed:
      .unavailable
    case .noImages, .noLabels: .noInput
    case .damaged, .badMetadata, .notAlexNet, .notFinite, .oneOutput, .unlabelled, .alreadyCompact,
      .alreadyQuantized,
      .badDescription, .badLabels, .wrongDigest, .notCalibrated:
      .badFile
    case .unwritable(let error): error.isFromWriting ? .writeFailed : .cannotWrite
    case .notWritten: .writeFailed
    case .alreadyInstalled: .cannotWrite
    case .builtIn, .badName, .badMirror, .badPreprocessing, .unknownLayer: .usage
    case .interrupted: .interrupted
    }
  }

  /// With more wrong tensors than this, a file is taken for one of another network.
  private static let mostWrongTensors = 16

  public var description: String {
    switch self {
    case .unknownName(let name, let known):
      "there is no model '\(name)', and no file of that name; the models are "
        + known.joined(separator: ", ")
    case .notCalibrated(let name):
      "the model \(name) has no activation ranges, which are needed to compute in 8 bits; "
        + "'alexnet model quantize' measures them and writes an 8-bit model"
    case .noImages(let folder, let reason):
      "\(folder): there is no image to calibrate on" + (reason.map { ": \($0.reason)" } ?? "")
    case .unknownLayer(let name, let known):
      "the network has no fully connected layer '\(name)'; it has " + known.joined(separator: ", ")
    case .notInstalled(let name):
      "the model '\(name)' is not installed; alexnet model pull \(name) fetches it"
    case .builtIn(let name):
      "'\(name)' is compiled into the program and has no file of its own"
    case .alreadyInstalled(let name):
      "there is a model '\(name)' already; alexnet model remove \(name) removes it"
    case .badName(let name) where name == StarterModel.name:
      "the name '\(name)' is reserved for the built-in model; choose another"
    case .badName(let name):
      "no model can be called '\(name)': names consist of letters, digits, dots, hyphens and "
        + "underscores"
    case .noHome:
      "there is no folder for models, because neither ALEXNET_HOME nor HOME is set"
    case .noLabels(let error), .unreadable(let error), .unwritable(let error),
      .notWritten(let error):
      "\(error)"
    case .damaged(let file, let error):
      "\(file): \(error)"
    case .badMetadata(let file, let entry, let reason):
      "\(file): its metadata entry '\(entry)' cannot be used: \(reason)"
    case .notAlexNet(let file, .wrongTensors(let nearest, let problems))
    where problems.count > Self.mostWrongTensors:
      "\(file): it holds another network than AlexNet, or only parts of one: \(problems.count) "
        + "tensors do not fit the nearest variant, \(nearest)"
        + problems.map { "\n  \($0)" }.joined()
    case .notAlexNet(let file, let error):
      "\(file): \(error)"
    case .notFinite(let file, let tensors):
      "\(file): it has weights that are NaN or infinite, as after training that diverged; use an "
        + "earlier checkpoint:" + tensors.map { "\n  \($0)" }.joined()
    case .oneOutput(let file):
      "\(file): it has one output, whose probability would always be 100%; a network for a "
        + "yes-or-no question needs two"
    case .unlabelled(let file, let classes):
      "\(file): it has \(classes) classes and does not name them; "
        + "give a file of names with --labels"
    case .badLabels(let file, let reason):
      "\(file): \(reason)"
    case .badPreprocessing(let reason):
      "--preprocess cannot be used: \(reason)"
    case .badMirror(let mirror):
      "ALEXNET_MIRROR is not an http, https or file URL: \(mirror)"
    case .offline(let name):
      "the model '\(name)' would have to be fetched, and ALEXNET_OFFLINE forbids it"
    case .downloadFailed(let name, let addresses):
      "the model '\(name)' could not be fetched:"
        + addresses.map { "\n  \($0.address): \($0.reason)" }.joined()
    case .wrongDigest(let file, let expected, let found):
      "\(file): the digest is wrong:\n  expected \(expected)\n  found    \(found)"
    case .interrupted:
      "interrupted"
    case .alreadyCompact(let file):
      "\(file): it is in compact form already; use the weights that it was made from"
    case .alreadyQuantized(let file):
      "\(file): it is in 8 bits already; use the weights that it was made from"
    case .badDescription(let file, let error):
      "\(file): it is not a JSON object" + (error.map { ": \($0)" } ?? "")
    }
  }
}

/// An address from which a file could not be fetched, and why.
public struct FailedAddress: Sendable, Equatable {
  public let address: String
  public let reason: String

  public init(address: String, reason: String) {
    self.address = address
    self.reason = reason
  }
}
