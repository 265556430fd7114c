import Architecture
import Classification
import ModelLibrary
import Network

extension Classifier {
  init(_ model: Model, _ options: ClassifierOptions) {
    self.init(
      network: model.network, preprocessing: model.preprocessing, labels: model.labels,
      options: options)
  }
}

extension Model {
  /// What is said of a model whose preprocessing is only the usual one; nil for all others.
  var assumption: String? {
    guard assumesPreprocessing else { return nil }
    let usual = preprocessingPreset ?? network.architecture.name
    return "\(name) does not say how it wants its pictures; taking what is usual for \(usual)"
  }
}
