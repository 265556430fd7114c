import Architecture
import Classification
import ModelLibrary
import Network

extension Classifier {
  init(_ model: Model, _ options: ClassifierOptions) {
    self.init(
      model.parameters, precision: model.precision, preprocessing: model.preprocessing,
      labels: model.labels, options: options)
  }
}
