# sqlite3, a million inserts and a join
sqlite3 :memory: 'create table item(id integer primary key, code integer);
  with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000000)
    insert into item select i, i * 7919 % 1000003 from n;
  create table part as select code as item, id as price from item where id % 10 = 0;
  select count(*), sum(price) from part join item on item.id = part.item;'
