import Architecture
import ModelLibrary
import Network

extension Model {
  /// The note about a model whose file does not say how pictures are prepared; nil for all others.
  var assumption: String? {
    guard assumesPreprocessing else { return nil }
    let usual = preprocessingPreset ?? parameters.architecture.name
    return "\(name) does not describe its preprocessing; using what is usual for \(usual)"
  }
}
