import Classification
import JSON
import ModelLibrary
import Network
import Report
import System

/// The report of a run, which is written when the run is complete.
final class RunReport {
  private let file: ReportFile
  private let console: Console
  /// What was classified, for the title.
  var title = "Photos"
  /// The model that classified; nil where that is not one.
  var model: String?
  /// What was searched; nil where photos were classified.
  var search: JSONValue?
  /// Adds what earlier runs recorded, before the page is written.
  var addEarlier: ((RunReport) throws -> Void)?

  init(_ path: RawPath, sizeLimit: Int, console: Console) throws {
    self.console = console
    do throws(SystemError) {
      let folder = environmentVariable("TMPDIR") ?? RawPath("/tmp")
      file = try ReportFile(
        path, sizeLimit: sizeLimit, scratchBeside: folder.appending("report.html"))
    } catch {
      throw OutputError.cannotCreate(error)
    }
    if let note = inPlaceNote(path, file.inPlaceReason) { console.note(note) }
  }

  /// Adds a record, with its thumbnail where there is one.
  ///
  /// - Parameter found: what the photo was found for; nil where it was not found by a search.
  /// - Returns: the number of the record.
  @discardableResult
  func add(
    _ record: Record, thumbnail: [UInt8]?, truth: ClassLabel? = nil, found: FoundPhoto? = nil,
    to part: PageContents.Part = .current
  ) throws(OutputError) -> Int {
    do throws(SystemError) {
      return try file.contents.add(
        record, thumbnail: thumbnail, truth: truth, found: found, to: part)
    } catch {
      throw .cannotWrite(error)
    }
  }

  /// A share of 0 to 1 as the page has it.
  static func share(_ share: Float) -> Int { PageRow.share(share) }

  /// The number by which the page knows a class.
  func number(of label: ClassLabel) -> Int { file.contents.number(of: label) }

  /// Writes the page, and says how large it is.
  ///
  /// - Parameter evaluation: what an evaluation found.
  /// - Throws: what ends the command.
  func commit(evaluation: JSONValue? = nil) throws {
    do {
      try addEarlier?(self)
    } catch {
      abandon()
      throw error
    }
    var header = ReportHeader(
      title: title, model: model, generator: "alexnet \(AlexNetCommand.version)",
      time: secondsSince1970())
    header.evaluation = evaluation
    header.search = search
    let written: WrittenReport
    do throws(SystemError) {
      written = try file.commit(header) { sha256(of: $0) }
    } catch {
      throw error.isBrokenPipe ? OutputError.closedPipe : .cannotWrite(error)
    }
    var size = DisplayText.megabytes(written.pageBytes)
    if written.parts > 0 {
      size +=
        ", and \(DisplayText.megabytes(written.partBytes)) of thumbnails in "
        + "\(DisplayText.counted(written.parts, "file")) beside it"
    }
    let rows = evaluation == nil ? "photo" : "mistaken or unreadable photo"
    console.note(
      "wrote the report \(file.path.repaired), \(size): "
        + "\(DisplayText.counted(file.contents.rowCount, rows)), "
        + "\(file.contents.thumbnailCount) with a thumbnail")
  }

  /// Writes the page where it stands beside other results: that nobody reads it is no reason to
  /// end.
  func commitBesideResults(evaluation: JSONValue? = nil) throws {
    do {
      try commit(evaluation: evaluation)
    } catch OutputError.closedPipe {
      abandon()
    }
  }

  /// Gives up the page. Nothing of it remains.
  func abandon() { file.abandon() }
}

private func sha256(of bytes: Span<UInt8>) -> [UInt8] {
  var builder = DigestBuilder(.sha256)
  builder.update(bytes)
  let digits = Array(builder.digest.hexadecimal)
  return stride(from: 0, to: digits.count - 1, by: 2).map { index in
    let high = digits[index].hexDigitValue ?? 0
    let low = digits[index + 1].hexDigitValue ?? 0
    return UInt8(high << 4 | low)
  }
}
