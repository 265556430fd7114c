import Kernels
public import Network
public import Preprocessing

/// A network with weights, and everything else that is needed to classify a picture with it.
public struct Model: Sendable {
  /// The name in records and tables: `starter`, for example.
  public let name: String
  /// The weights of the network.
  public let parameters: Parameters
  /// The precision that the network computes in.
  public internal(set) var precision = Precision.float32
  /// How pictures are prepared. It should be the same as in training, because otherwise the
  /// accuracy is lower.
  public let preprocessing: Preprocessing
  /// Whether ``preprocessing`` is the usual one for such weights, because neither the file nor the
  /// user describes it.
  public internal(set) var assumesPreprocessing = false
  /// The names of the tensors of the file that no layer has and that are left out: single numbers.
  public internal(set) var ignoredTensors: [String] = []
  /// Whether the file has a network with one output, which became two classes: see
  /// ``WeightFiles/WeightFile/withTwoClasses(_:)``.
  public internal(set) var hasSigmoid = false
  /// The class of each of the network's outputs, in their order.
  public let labels: [ClassLabel]
  public let origin: Origin
  /// The metadata of the file. `Safetensors` documents the entries of files that this program
  /// writes.
  public let metadata: [String: String]
  /// The ranges and means of the inputs of convolutions that are computed in 8 bits with Winograd's
  /// algorithm, by layer.
  let points: [String: WinogradPoints]

  /// Where a model comes from.
  public enum Origin: Sendable, Equatable, CustomStringConvertible {
    /// Compiled into the program.
    case builtIn
    /// A file, at this path.
    case file(String)

    public var description: String {
      switch self {
      case .builtIn: "built in"
      case .file(let path): path
      }
    }
  }

  /// The name of the preset that the preprocessing equals; nil if it equals none.
  public var preprocessingPreset: String? {
    Preprocessing.presets.first { $0.value == preprocessing }?.key
  }

  /// Whether this is the starter model that is compiled into the program.
  public var isBuiltIn: Bool { origin == .builtIn }
}
