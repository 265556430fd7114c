import Classification
import JSON
import Network
import Preprocessing
import Report
import System

@testable import ModelLibrary
@testable import Training

extension FuzzTarget {
  static let lists = [
    FuzzTarget(name: "json") { bytes in
      guard let json = try? JSONValue.parse(bytes.span) else { return }
      // What is written must be read as the same.
      let text = json.compactText
      guard let again = try? JSONValue.parse(text), again.compactText == text else {
        fatalError("the JSON text is another after reading and writing it: \(text)")
      }
      _ = try? Preprocessing(json: json)
      if let text = json["path_base64"]?.string { _ = RawPath(base64: text) }
      _ = TrainingPosition(json: json)
      _ = Record(json: json)
    },
    FuzzTarget(name: "labels") { bytes in
      ignoringErrors { _ = try LabelFile.read(ScratchInput.write(bytes)) }
    },
    FuzzTarget(name: "truth") { bytes in
      ignoringErrors { _ = try GroundTruthList(bytes, path: "list", classes: names) }
    },
    FuzzTarget(name: "paths") { bytes in
      for separator in [ListSeparator.newline, .nul] {
        ignoringErrors {
          let list = try FileList(
            ScratchInput.write(bytes), separator: separator, stop: StopFlag())
          while case .path = list.next(waiting: true) {}
        }
      }
    },
    FuzzTarget(name: "csv") { bytes in
      ignoringErrors { _ = try PhotoList(csv: ScratchInput.write(bytes)) }
    },
    FuzzTarget(name: "jsonl") { bytes in
      ignoringErrors { _ = try PhotoList(jsonLines: ScratchInput.write(bytes), classes: classes) }
      ignoringErrors { _ = try TeacherTargets(ScratchInput.write(bytes), classes: classes) }
    },
  ]

  private static let classes = [
    ClassLabel(wnid: "n02123045", label: "tabby"), ClassLabel(wnid: nil, label: "pill bottle"),
    ClassLabel(wnid: nil, label: "bottle"),
  ]
  static let names = ClassNames(classes)
}
