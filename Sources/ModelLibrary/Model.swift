import Kernels
public import Network
public import Preprocessing

/// A network with weights, and all that is needed to ask it about a picture.
public struct Model: Sendable {
  /// What records and tables call it: `starter`, for example.
  public let name: String
  public let network: Network
  /// What its training made of a picture; other steps give other, worse answers.
  public let preprocessing: Preprocessing
  /// Whether nobody said so, and `preprocessing` is what is usual for such weights.
  public internal(set) var assumesPreprocessing = false
  /// One for each of the network's outputs, in their order.
  public let labels: [ClassLabel]
  public let origin: Origin
  /// The metadata of its file: see `Safetensors` for the entries that we write.
  public let metadata: [String: String]
  /// What its file says of the inputs of convolutions that 8 bits compute by Winograd's filtering, by layer.
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

  /// The name of the preset that the preprocessing is; nil where it is none of them.
  public var preprocessingPreset: String? {
    Preprocessing.presets.first { $0.value == preprocessing }?.key
  }

  /// Whether this is the starter model that is compiled into the program.
  public var isBuiltIn: Bool { origin == .builtIn }
}
