import Architecture
import Classification
import Explanation
import Images
import JSON
import ModelLibrary
import Network
import Preprocessing
import System
import Threads

/// A finished picture, and what the model says about its PNG file.
struct MadePicture {
  let image: RGBImage
  let target: ActivationMaximization.Target
  /// The class that was maximised, or the likeliest one where a layer was.
  let prediction: Prediction

  private var percent: String {
    DisplayText.percent(Double(prediction.probability), digits: 1)
  }

  var title: String { "\(prediction.label) \(percent)" }

  /// A line for people.
  var line: String {
    switch target {
    case .classIndex:
      "\(prediction.label)  \(percent)"
        + (prediction.rank == 1 ? "" : "  (rank \(prediction.rank))") + "\n"
    case .layer(let name): "\(name)  now most like \(prediction.label), \(percent)\n"
    }
  }

  var json: JSONValue {
    var members: [JSONValue.Member] = []
    if case .layer(let name) = target { members.append(.init("layer", .string(name))) }
    members += [
      .init("rank", .integer(prediction.rank)), .init("index", .integer(prediction.index)),
      .init("wnid", prediction.wnid.map(JSONValue.string) ?? .null),
      .init("label", .string(prediction.label)),
      .init("probability", .float(prediction.probability)),
    ]
    return .object(members)
  }
}

/// Makes pictures by activation maximisation, one after the other, and classifies them.
struct PictureMaker {
  let model: Model
  let side: Int
  let start: RGBImage?
  let options: ActivationMaximization.Options
  let stop: StopFlag
  let console: Console

  /// The pictures; fewer when stopped.
  ///
  /// - Throws: what ends the command.
  func pictures(_ targets: [ActivationMaximization.Target]) throws -> [MadePicture] {
    if console.canShowProgress {
      console.startProgress(VisualizationProgress(total: options.steps * targets.count))
    }
    defer { console.endProgress() }
    let pool = WorkerPool(threads: availableProcessorCount())
    let classifier = try classifier()
    return try targets.enumerated().compactMap { number, target in
      let maximization: ActivationMaximization
      do throws(ExplanationError) {
        maximization = try ActivationMaximization(
          model.parameters, preprocessing: model.preprocessing, target: target, pool: pool)
      } catch {
        throw CommandFailure(.internalFault, error.description)
      }
      let label = name(of: target)
      let image: RGBImage
      do throws(PreprocessingError) {
        image = try maximization.picture(side: side, from: start, options, stop: stop) { step in
          console.updateProgress { (progress: inout VisualizationProgress) in
            progress.label = label
            progress.done = number * options.steps + step
          }
        }
      } catch {
        throw CommandFailure(
          .usage, "the model's preprocessing cannot take a picture of \(side) x \(side) pixels",
          hint: "give another --size")
      }
      if stop.isRaised { return nil }
      return MadePicture(
        image: image, target: target, prediction: try prediction(image, target, classifier))
    }
  }

  private func name(of target: ActivationMaximization.Target) -> String {
    switch target {
    case .layer(let name): name
    case .classIndex(let index):
      index < model.labels.count ? model.labels[index].label : "class \(index)"
    }
  }

  /// Classifies as `alexnet classify` does, in the precision that it has by default.
  private func classifier() throws -> Classifier {
    var options = ClassifierOptions()
    options.top = model.labels.count
    return Classifier(try PrecisionOptions.Name.auto.apply(to: model), options)
  }

  /// Writes the picture as PNG, and classifies the file.
  private func prediction(
    _ image: RGBImage, _ target: ActivationMaximization.Target, _ classifier: Classifier
  ) throws -> Prediction {
    let file: [UInt8]
    do throws(ImageDecodingError) {
      file = try image.pngFile()
    } catch {
      throw CommandFailure(.internalFault, "the picture cannot be written as PNG: \(error)")
    }
    let all: [Prediction]
    do throws(ItemFailure) {
      all = try classifier.answer(toFile: file.span)
    } catch {
      throw CommandFailure(.inputFailed, error.message)
    }
    if case .classIndex(let index) = target, let found = all.first(where: { $0.index == index }) {
      return found
    }
    return all[0]
  }
}
