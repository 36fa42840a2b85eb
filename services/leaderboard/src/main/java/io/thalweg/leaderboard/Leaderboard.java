package io.thalweg.leaderboard;

import io.thalweg.contract.Sealed;
import io.thalweg.leaderboard.Rows.MemberOfBoard;
import io.thalweg.leaderboard.Rows.NameOnBoard;
import io.thalweg.leaderboard.SeasonRows.EntryKey;
import io.thalweg.leaderboard.SeasonRows.SeasonKey;
import io.thalweg.leaderboard.v1.ApplyScoreRequest;
import io.thalweg.leaderboard.v1.BatchGetEntriesRequest;
import io.thalweg.leaderboard.v1.BatchGetEntriesResponse;
import io.thalweg.leaderboard.v1.Board;
import io.thalweg.leaderboard.v1.BoardCreated;
import io.thalweg.leaderboard.v1.BoardDeleted;
import io.thalweg.leaderboard.v1.BoardEvent;
import io.thalweg.leaderboard.v1.BoardReset;
import io.thalweg.leaderboard.v1.BoardUpdated;
import io.thalweg.leaderboard.v1.CountEntriesRequest;
import io.thalweg.leaderboard.v1.CountEntriesResponse;
import io.thalweg.leaderboard.v1.CreateBoardRequest;
import io.thalweg.leaderboard.v1.DeleteBoardRequest;
import io.thalweg.leaderboard.v1.DeleteBoardResponse;
import io.thalweg.leaderboard.v1.DisplayNameSet;
import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.ForgetMemberRequest;
import io.thalweg.leaderboard.v1.ForgetMemberResponse;
import io.thalweg.leaderboard.v1.GetBoardRequest;
import io.thalweg.leaderboard.v1.GetEntryRequest;
import io.thalweg.leaderboard.v1.GetImportMarkRequest;
import io.thalweg.leaderboard.v1.GetPlaceRequest;
import io.thalweg.leaderboard.v1.GetSeasonRequest;
import io.thalweg.leaderboard.v1.ImportMark;
import io.thalweg.leaderboard.v1.LeaderboardProto;
import io.thalweg.leaderboard.v1.ListBoardsRequest;
import io.thalweg.leaderboard.v1.ListBoardsResponse;
import io.thalweg.leaderboard.v1.ListEntriesAroundRequest;
import io.thalweg.leaderboard.v1.ListEntriesAroundResponse;
import io.thalweg.leaderboard.v1.ListEntriesRequest;
import io.thalweg.leaderboard.v1.ListEntriesResponse;
import io.thalweg.leaderboard.v1.ListRangeRequest;
import io.thalweg.leaderboard.v1.ListRangeResponse;
import io.thalweg.leaderboard.v1.ListSeasonEntriesRequest;
import io.thalweg.leaderboard.v1.ListSeasonEntriesResponse;
import io.thalweg.leaderboard.v1.ListSeasonsRequest;
import io.thalweg.leaderboard.v1.ListSeasonsResponse;
import io.thalweg.leaderboard.v1.MemberRemoved;
import io.thalweg.leaderboard.v1.Place;
import io.thalweg.leaderboard.v1.PopMembersRequest;
import io.thalweg.leaderboard.v1.PopMembersResponse;
import io.thalweg.leaderboard.v1.PutScoresRequest;
import io.thalweg.leaderboard.v1.PutScoresResponse;
import io.thalweg.leaderboard.v1.RemoveMemberRequest;
import io.thalweg.leaderboard.v1.RemoveMemberResponse;
import io.thalweg.leaderboard.v1.RemoveMembersRequest;
import io.thalweg.leaderboard.v1.RemoveMembersResponse;
import io.thalweg.leaderboard.v1.ResetBoardRequest;
import io.thalweg.leaderboard.v1.ResetOnScheduleRequest;
import io.thalweg.leaderboard.v1.ResetOnScheduleResponse;
import io.thalweg.leaderboard.v1.ResetScheduled;
import io.thalweg.leaderboard.v1.ScoresSubmitted;
import io.thalweg.leaderboard.v1.Season;
import io.thalweg.leaderboard.v1.SeasonEnded;
import io.thalweg.leaderboard.v1.SetDisplayNameRequest;
import io.thalweg.leaderboard.v1.SetDisplayNameResponse;
import io.thalweg.leaderboard.v1.SubmitScoreRequest;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import io.thalweg.leaderboard.v1.SubmitScoreToBoardsRequest;
import io.thalweg.leaderboard.v1.SubmitScoreToBoardsResponse;
import io.thalweg.leaderboard.v1.SubmitScoresRequest;
import io.thalweg.leaderboard.v1.SubmitScoresResponse;
import io.thalweg.leaderboard.v1.UpdateBoardRequest;
import io.thalweg.leaderboard.v1.WatchBoardRequest;
import io.thalweg.runtime.Definition;
import io.thalweg.runtime.ServiceType;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.Table;

/**
 * Ranks the members of a board by score. One instance lives in each partition, with all boards
 * whose names fall to it.
 *
 * <p>Durable are the tables: boards, the standing of each member, how far each source was imported,
 * the archive of seasons, and the display names, which are sealed. The ranks are derived from them
 * in memory ({@link BoardIndex}), so a submit reads no table and an entry is ranked in O(log n).
 *
 * <pre>{@code
 * try (Node node = Thalweg.open(Path.of("data"), Leaderboard.TYPE)) {
 *   node.call(
 *       SubmitScoreRequest.newBuilder().setBoard("goals").setMember("ana").setScore(3).build(),
 *       SubmitScoreResponse.class);
 * }
 * }</pre>
 */
public final class Leaderboard {
  /** The service, to open a node with. */
  public static final ServiceType TYPE =
      ServiceType.of(
          LeaderboardProto.getDescriptor().findServiceByName("Leaderboards"), Leaderboard::define);

  private Leaderboard() {}

  private static void define(Definition definition) {
    define(definition, new BoardIndex());
  }

  /** Declares an instance over an index that the caller keeps (tests look into it). */
  static void define(Definition d, BoardIndex index) {
    Table<String, BoardRow> boards =
        d.table(Rows.BOARDS, "boards", KeyCodecs.string(), Rows.BOARD, index.boardRows());
    Table<NameOnBoard, Standing> standings =
        d.table(Rows.STANDINGS, "standings", Rows.KEYS, Rows.STANDING, index.standingRows());
    Table<NameOnBoard, Long> imports = d.table(Rows.IMPORTS, "imports", Rows.KEYS, Rows.MARK);
    Table<SeasonKey, Season> seasons =
        d.table(SeasonRows.SEASONS, "seasons", SeasonRows.SEASON_KEYS, SeasonRows.SEASON);
    Table<EntryKey, Entry> seasonEntries =
        d.table(SeasonRows.ENTRIES, "season_entries", SeasonRows.ENTRY_KEYS, SeasonRows.ENTRY);

    Table<MemberOfBoard, Sealed> names =
        d.table(Rows.NAMES, "names", Rows.NAME_KEYS, Rows.NAME, index.nameRows());

    Submissions submissions = new Submissions(index, imports);
    d.command(SubmitScoreRequest.class, SubmitScoreResponse.class, submissions::submitScore);
    d.command(SubmitScoresRequest.class, SubmitScoresResponse.class, submissions::submitScores);
    d.command(ApplyScoreRequest.class, SubmitScoreResponse.class, submissions::applyScore);
    d.command(
        SubmitScoreToBoardsRequest.class, SubmitScoreToBoardsResponse.class, ManyBoards::submit);
    d.command(RemoveMemberRequest.class, RemoveMemberResponse.class, submissions::removeMember);

    DisplayNames displayNames = new DisplayNames(index, names);
    d.command(SetDisplayNameRequest.class, SetDisplayNameResponse.class, displayNames::set);
    d.command(ForgetMemberRequest.class, ForgetMemberResponse.class, displayNames::forget);

    SortedSetCommands sets = new SortedSetCommands(index);
    d.command(PutScoresRequest.class, PutScoresResponse.class, sets::putScores);
    d.command(RemoveMembersRequest.class, RemoveMembersResponse.class, sets::removeMembers);
    d.command(PopMembersRequest.class, PopMembersResponse.class, sets::popMembers);

    Resets resets = new Resets(index);
    BoardCommands settings = new BoardCommands(index, resets);
    d.command(CreateBoardRequest.class, Board.class, settings::create);
    d.command(UpdateBoardRequest.class, Board.class, settings::update);
    d.command(DeleteBoardRequest.class, DeleteBoardResponse.class, settings::delete);
    d.command(ResetBoardRequest.class, Board.class, resets::byHand);
    d.command(ResetOnScheduleRequest.class, ResetOnScheduleResponse.class, resets::onSchedule);

    AppliedEvents events =
        new AppliedEvents(
            index, boards, standings, imports, new AppliedSeasons(seasons, seasonEntries), names);
    d.event(BoardCreated.class, events::boardCreated);
    d.event(BoardUpdated.class, events::boardUpdated);
    d.event(BoardReset.class, events::boardReset);
    d.event(BoardDeleted.class, events::boardDeleted);
    d.event(ScoresSubmitted.class, events::scoresSubmitted);
    d.event(MemberRemoved.class, events::memberRemoved);
    d.event(SeasonEnded.class, events::seasonEnded);
    d.event(ResetScheduled.class, events::resetScheduled);
    d.event(DisplayNameSet.class, events::displayNameSet);

    EntryReads reads = new EntryReads(index, imports, displayNames);
    d.query(GetBoardRequest.class, Board.class, reads::board);
    d.query(ListEntriesRequest.class, ListEntriesResponse.class, reads::list);
    d.query(GetEntryRequest.class, Entry.class, reads::entry);
    d.query(ListEntriesAroundRequest.class, ListEntriesAroundResponse.class, reads::around);
    d.query(BatchGetEntriesRequest.class, BatchGetEntriesResponse.class, reads::batch);
    d.query(CountEntriesRequest.class, CountEntriesResponse.class, reads::count);
    d.query(GetImportMarkRequest.class, ImportMark.class, reads::importMark);

    SortedSetReads setReads = new SortedSetReads(index);
    d.query(GetPlaceRequest.class, Place.class, setReads::place);
    d.query(ListRangeRequest.class, ListRangeResponse.class, setReads::range);

    SeasonReads archive = new SeasonReads(index, seasons, seasonEntries);
    d.query(ListSeasonsRequest.class, ListSeasonsResponse.class, archive::list);
    d.query(GetSeasonRequest.class, Season.class, archive::season);
    d.query(ListSeasonEntriesRequest.class, ListSeasonEntriesResponse.class, archive::entries);

    BoardList list = new BoardList(boards);
    d.scan(ListBoardsRequest.class, ListBoardsResponse.class, list::part, BoardList::merge);
    d.watch(WatchBoardRequest.class, BoardEvent.class, BoardWatch::map);
  }
}
