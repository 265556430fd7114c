extension HelpTopic {
  static let reports = HelpTopic(
    name: "reports", abstract: "The HTML pages of classify, report, evaluate and similar.",
    text: """
      --report FILE of classify, evaluate and similar, and alexnet report, write one HTML
      page to look at in a browser. It needs no network and no other program: photos as
      thumbnails, their classes with bars, a search, filters and orders, an enlarged view,
      two photos side by side, and the failures with their reasons. The key ? lists its
      keys.

      Thumbnails are JPEG files of up to 160 pixels on the longest side. While photos are
      classified, they are made of what is decoded anyway. alexnet report, and
      classify --resume for the records of earlier runs, decode the photos again; those
      that are gone have no thumbnail.

      A page of up to --report-size bytes (50M) has its thumbnails inside. A larger one
      gets them in a folder beside it, report.files for report.html (page-files for a
      page without this ending), and the two belong together. A note on standard error
      says how large they are. The page appears, and replaces an older one, when the run
      is complete; a run that is interrupted leaves the older one as it is.

      The enlarged view shows the photo itself if its file is still where it was, as seen
      from the page. Whoever gets the page gets the paths, classes and thumbnails in it.

      The page of evaluate has the accuracy with its intervals, the classes, the confusion
      matrix and the mistakes. Heat maps (Grad-CAM) of the worst mistakes show what spoke
      for the wrong class and for the right one; --report-heat-maps says how many.

      The page of similar has each query, and behind it the photos that look like it with
      their ranks, similarities and paths. It decodes the photos of the index again.
      """)
}
